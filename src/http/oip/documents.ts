/**
 * The documents of the Open Inference Protocol, by route: metadata, statistics, the repository.
 * @module
 */

import { ServiceError } from "../../error.ts";
import { excerpt } from "../../io/wording.ts";
import { readIndexRequest, readLoadRequest } from "../../oip/load-request.ts";
import { modelConfig, modelConfigBody, modelMetadata, serverMetadata } from "../../oip/metadata.ts";
import { controlOf } from "../../oip/model-control.ts";
import { repositoryIndex } from "../../oip/repository-index.ts";
import { statisticsDocument } from "../../oip/statistics-document.ts";
import type { Models, ServedModel } from "../../service/models.ts";
import { VERSION } from "../../version.ts";
import type { MakeDocument } from "./json-endpoint.ts";
import type { OipMatch } from "./routes.ts";

/** Returns the function that makes the document of a route. */
export function documentOf({ route, model, version }: OipMatch, models: Models): MakeDocument {
  if (model !== undefined) return modelDocumentOf(route, models, model, version);
  switch (route) {
    case "server":
      return () => serverMetadata("ekiben", VERSION, models);
    case "models":
      return () => ({ models: models.names });
    case "statistics":
      return () => statisticsDocument(models);
    case "index":
      return (body) => repositoryIndex(models, readIndexRequest(body));
    default:
      return () => {
        const text =
          "This server has no shared memory, traces, settings of logs or text generation";
        throw new ServiceError("unimplemented", `${text}: GET /v2 lists its extensions`);
      };
  }
}

function modelDocumentOf(
  route: OipMatch["route"],
  models: Models,
  name: string,
  version: string | undefined,
): MakeDocument {
  const find = () => models.find(name, version);
  // The tensors of a model that has never been loaded are known once it is.
  const described =
    (describe: () => unknown): MakeDocument =>
    (_, context) =>
      models.prepare?.(name, version, context)?.then(describe) ?? describe();
  switch (route) {
    case "ready":
      return () => {
        const { ready, whyNotReady = "it is not ready" } = readinessOf(find);
        // Triton answers 400.
        if (!ready) throw new ServiceError("failed_precondition", `${name}: ${whyNotReady}`);
        return { name, ready };
      };
    case "config":
      return described(() => modelConfigBody(modelConfig(find(), models.versionsOf(name))));
    case "statistics":
      return () => statisticsDocument(models, name, version);
    case "load":
      return async (body) => {
        await controlOf(models).load(name, readLoadRequest(body));
        return { name, load: true };
      };
    case "unload":
      return async () => {
        await controlOf(models).unload(name);
        return { name, unload: true };
      };
    default:
      return described(() => modelMetadata(find(), models.versionsOf(name)));
  }
}

/** Returns the readiness of a model: one that could not be loaded is not ready. */
function readinessOf(
  find: () => Pick<ServedModel, "ready" | "whyNotReady">,
): Pick<ServedModel, "ready" | "whyNotReady"> {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === "unavailable")) throw error;
    return { ready: false, whyNotReady: error.message };
  }
}

/** Returns the error of a path that has no route. */
export function missing(path: string, { names }: Models): ServiceError {
  const known = names.length === 0 ? "none" : names.join(", ");
  const text =
    `There is nothing at ${excerpt(path)}: routes are /v2, /v2/health/live, ` +
    `/v2/health/ready, /v2/models, /v2/models/<name>, its /ready, /config, /stats and /infer, ` +
    `and /v2/repository/index; the models are ${known}`;
  return new ServiceError("not_found", text);
}
