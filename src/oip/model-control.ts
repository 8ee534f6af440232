/**
 * The control of the models of a repository, the same for HTTP and for gRPC.
 * @module
 */

import { ServiceError } from "../error.ts";
import type { ModelControl, Models } from "../service/models.ts";

/** The beginning of the names of the parameters of a load that are files. */
export const FILE = "file:";

/**
 * Returns the control of a repository.
 *
 * @throws ServiceError `unimplemented` for models that are not loaded by request
 */
export function controlOf({ control }: Models): ModelControl {
  if (control !== undefined) return control;
  throw new ServiceError(
    "unimplemented",
    "This server does not load and unload models by request: start it with " +
      "--model-control explicit to allow that",
  );
}
