/**
 * loadParameters(): the parameters of a call that loads a model.
 * @module
 */

import { invalidArgument, type ServiceError } from "../../error.ts";
import type { RepositoryModelLoadRequest } from "../../gen/inference/grpc_service_pb.ts";
import { quote } from "../../io/wording.ts";
import { FILE } from "../../oip/model-control.ts";
import type { LoadParameters } from "../../service/models.ts";

/**
 * Returns the parameters of a load: the settings, and the files by their paths.
 *
 * @throws ServiceError `invalid_argument` for a parameter of another name or type
 */
export function loadParameters(
  parameters: RepositoryModelLoadRequest["parameters"],
): LoadParameters {
  let config: string | undefined;
  const files = new Map<string, Uint8Array>();
  for (const [name, { parameterChoice }] of Object.entries(parameters)) {
    if (name === "config") {
      if (parameterChoice.case !== "stringParam") throw wrongType(name, "a string");
      config = parameterChoice.value;
    } else if (name.startsWith(FILE)) {
      if (parameterChoice.case !== "bytesParam") throw wrongType(name, "bytes");
      files.set(name.slice(FILE.length), parameterChoice.value);
    } else {
      throw invalidArgument(
        `Unknown parameter ${quote(name)}: a load takes "config" and "${FILE}<path>"`,
      );
    }
  }
  return { ...(config !== undefined && { config }), ...(files.size > 0 && { files }) };
}

function wrongType(name: string, wanted: string): ServiceError {
  return invalidArgument(`Parameter ${quote(name)} must be ${wanted}`);
}
