/**
 * The routes of the Open Inference Protocol in the OpenAPI document: those of all models, and the
 * inference of each model whose tensors are known.
 * @module
 */

import type { DeclaredModel, Models } from "../../service/models.ts";
import type { Service } from "../../service/service.ts";
import type { DocumentPlace } from "../openapi/api-operation.ts";
import type { AccessFacts } from "../openapi/documented-access.ts";
import { uniqueId } from "../openapi/infrastructure.ts";
import { errorAnswers, notModified } from "../openapi/statuses.ts";
import { DOCUMENTS, REQUESTS } from "./openapi-documents.ts";
import { inferAnswer, inferBody, knownModels } from "./openapi-infer.ts";

/** The tag of the routes. */
export const OIP_TAG = "Open Inference Protocol";

/** A route. A version may follow the name of a model. */
interface OipRoute {
  readonly id: string;
  readonly method: "get" | "post";
  readonly path: string;
  readonly summary: string;
  /** The statuses of its errors, beside 400. */
  readonly errors: readonly number[];
}

/** The statuses of every route that needs the models. */
const COMMON: readonly number[] = [417, 500, 503, 504];
const OF_MODEL: readonly number[] = [404, ...COMMON];
const OF_BODY: readonly number[] = [413, 415, ...COMMON];

/** Makes a route of "method id path". */
function route(text: string, summary: string, errors: readonly number[]): OipRoute {
  const [method, id = "", path = ""] = text.split(" ");
  return { method: method === "post" ? "post" : "get", id, path, summary, errors };
}

const ROUTES: readonly OipRoute[] = [
  route("get server /v2", "The name, the version and the extensions of the server", COMMON),
  route("get server_live /v2/health/live", "Says that the process runs", []),
  route("get server_ready /v2/health/ready", "Says whether calls are taken; 400 if not", []),
  route("get models /v2/models", "The names of the models", COMMON),
  route("get models_statistics /v2/models/stats", "The statistics of all models", COMMON),
  route("get model /v2/models/{model}", "The tensors and the versions of a model", OF_MODEL),
  route(
    "get model_ready /v2/models/{model}/ready",
    "Says whether a model takes calls; 400 if not",
    OF_MODEL,
  ),
  route(
    "get model_config /v2/models/{model}/config",
    "The configuration of a model, in Triton's terms",
    OF_MODEL,
  ),
  route("get model_statistics /v2/models/{model}/stats", "The statistics of a model", OF_MODEL),
  route(
    "post repository_index /v2/repository/index",
    "The models of the repository and their states",
    OF_BODY,
  ),
];

const OF_CONTROL: readonly number[] = [404, 429, ...OF_BODY];

/** The routes that load and unload models. */
const CONTROL: readonly OipRoute[] = [
  route(
    "post model_load /v2/repository/models/{model}/load",
    "Loads a model, or loads it anew",
    OF_CONTROL,
  ),
  route("post model_unload /v2/repository/models/{model}/unload", "Unloads a model", OF_CONTROL),
];

/**
 * Returns the paths of the document.
 *
 * @param taken the ids of other operations; the new ones are added
 */
export function oipPaths(
  service: Service,
  models: Models,
  document: DocumentPlace,
  taken: Set<string>,
): readonly (readonly [string, object])[] {
  const { access } = document;
  const guarded = service.use.length > 0 ? [401, 403] : [];
  const routes = models.control === undefined ? ROUTES : [...ROUTES, ...CONTROL];
  const plain = routes.map((each) => {
    const isHealth = each.path.startsWith("/v2/health/");
    const statuses = [400, ...(isHealth ? [] : guarded), ...each.errors];
    const facts = isHealth ? access.ofProbe() : access.ofCall();
    const operation = operationOf(each, statuses, facts, document, taken);
    return [each.path, { [each.method]: operation }] as const;
  });
  const statuses = [400, ...guarded, 404, 412, ...OF_BODY];
  return [...plain, ...inferPaths(models, statuses, document, taken)];
}

function operationOf(
  { id, method, path, summary }: OipRoute,
  statuses: readonly number[],
  access: AccessFacts,
  { components }: DocumentPlace,
  taken: Set<string>,
): object {
  const headers = components.headers("X-Request-Id", ...access.headers);
  const content = { "application/json": { schema: DOCUMENTS[id] ?? {} } };
  const request = { "application/json": { schema: REQUESTS[id] ?? { type: "object" } } };
  return {
    tags: [OIP_TAG],
    operationId: uniqueId(id, taken),
    summary,
    description: "",
    ...access.security,
    parameters: path.includes("{") ? [MODEL] : [],
    ...(method === "post" ? { requestBody: { content: request } } : {}),
    responses: {
      200: { description: summary, headers, content },
      ...errorAnswers(components, [...access.statuses, ...statuses], "InferenceError"),
    },
  };
}

/** Returns the inference of any model, and of each whose tensors are known. */
function inferPaths(
  models: Models,
  statuses: readonly number[],
  document: DocumentPlace,
  taken: Set<string>,
): readonly (readonly [string, object])[] {
  const { components } = document;
  const access = document.access.ofCall();
  const operation = (id: string, summary: string, more: object, known?: DeclaredModel): object => ({
    tags: [OIP_TAG],
    operationId: uniqueId(id, taken),
    summary,
    description: "",
    ...access.security,
    ...more,
    requestBody: inferBody(known, document),
    responses: {
      200: inferAnswer(known, document),
      ...notModified(components),
      ...errorAnswers(components, [...access.statuses, ...statuses], "InferenceError"),
    },
  });
  const headers = (["RequestTimeout", "Lane", "RequestId", "IfModel", "Explain"] as const).map(
    (name) => components.parameter(name),
  );
  const any = operation("infer", "Runs a model, on JSON or on binary tensors", {
    parameters: [MODEL, ...headers],
  });
  const each = knownModels(models).map((known) => {
    const { name } = known;
    const id = `infer_${name.replace(/\W/g, "_")}`;
    const post = operation(id, `Runs the model ${name}`, { parameters: headers }, known);
    return [`/v2/models/${encodeURIComponent(name)}/infer`, { post }] as const;
  });
  return [["/v2/models/{model}/infer", { post: any }], ...each];
}

const MODEL = {
  name: "model",
  in: "path",
  required: true,
  description: "The name of a model; /versions/<version> may follow it",
  schema: { type: "string", minLength: 1 },
};
