/**
 * apiOperation(): an API as an operation of OpenAPI.
 * @module
 */

import { bodyFields, operationFields } from "../../bentoml/openapi.ts";
import { type Contents, contentsOf } from "../../schema/contents.ts";
import { factsOf } from "../../schema/facts.ts";
import type { Definitions, JsonSchema } from "../../schema/json-schema.ts";
import type { AnyApi } from "../../service/api.ts";
import type { Route } from "../../service/routes.ts";
import type { Service } from "../../service/service.ts";
import type { Components, HeaderName, ParameterName } from "./components.ts";
import type { DocumentOptions } from "./document.ts";
import type { DocumentedAccess } from "./documented-access.ts";
import { errorAnswers, notModified, otherError } from "./statuses.ts";

/** The document that an operation is a part of. */
export interface DocumentPlace {
  readonly definitions: Definitions;
  readonly components: Components;
  readonly options: DocumentOptions;
  readonly access: DocumentedAccess;
}

/** Returns the operation of an API. */
export function apiOperation(service: Service, route: Route, document: DocumentPlace): object {
  const { name, api } = route;
  const { input, output, description = "" } = api;
  const { definitions, components, options, access } = document;
  const { statuses, headers, security } = access.ofCall();
  const { nonFinite } = options;
  const place = { name, definitions, nonFinite };
  const answered = contentsOf(output, { ...place, name: `${name}_answer`, side: "answer" });
  const ok = {
    description: "The answer",
    headers: components.headers(...answerHeaders(service, api), ...headers),
    content: api.stream === true ? streamed(answered) : answered,
    ...bodyFields(output),
    "x-ekiben-io": factsOf(output),
  };
  return {
    ...operationFields(name, api),
    summary: summaryOf(name, description),
    description,
    ...security,
    parameters: parametersOf(service, api).map((each) => components.parameter(each)),
    requestBody: {
      required: true,
      content: contentsOf(input, { ...place, side: "request" }),
      ...bodyFields(input),
      "x-ekiben-io": factsOf(input),
    },
    responses: {
      200: ok,
      ...(api.cache === undefined ? {} : notModified(components)),
      ...errorAnswers(components, [...statuses, ...statusesOf(service, api)]),
      ...otherError(components),
    },
  };
}

/** Returns the first sentence of a description. */
function summaryOf(name: string, description: string): string {
  const [first = ""] = description.split(/[.\n]/, 1);
  return first.trim() === "" ? name : first.trim();
}

/** Returns true if the handlers of a service may call models. */
function hasModels({ runners, ownModels }: Service): boolean {
  return runners.length > 0 || ownModels !== undefined;
}

function parametersOf(service: Service, { input, cache }: AnyApi): readonly ParameterName[] {
  return [
    "RequestTimeout",
    "Lane",
    "RequestId",
    ...(hasModels(service) ? (["IfModel", "Explain"] as const) : []),
    ...(cache === undefined ? [] : (["IfNoneMatch"] as const)),
    ...(input.spec?.kind === "ndarray" ? (["Dtype", "Shape"] as const) : []),
  ];
}

function answerHeaders(service: Service, { output, cache }: AnyApi): readonly HeaderName[] {
  const { kind } = output.spec ?? {};
  return [
    "X-Request-Id",
    ...(hasModels(service) ? (["Ekiben-Model", "Ekiben-Explain"] as const) : []),
    ...(cache === undefined ? [] : (["ETag", "Cache-Control", "Vary"] as const)),
    ...(kind === "ndarray" ? (["Ekiben-Dtype", "Ekiben-Shape"] as const) : []),
    ...(kind === "image" || kind === "file" ? (["Content-Disposition"] as const) : []),
  ];
}

/** Returns the statuses of the errors that are not of the handler's own choice. */
function statusesOf(service: Service, { output }: AnyApi): readonly number[] {
  const { spec } = output;
  const mayBeText = spec?.kind === "ndarray" && (spec.dtype ?? "string") === "string";
  return [
    400,
    ...(service.use.length > 0 ? [401, 403] : []),
    ...(service.ownModels === undefined ? [] : [404]),
    ...(hasModels(service) ? [412] : []),
    413,
    415,
    417,
    // Strings that a .npy file or a Parquet file cannot hold.
    ...(mayBeText || spec?.kind === "dataframe" ? [422] : []),
    500,
    503,
    504,
  ];
}

/** Returns the bodies of a stream, by those of its items. */
function streamed(items: Contents): object {
  const [[type, { schema }] = ["*/*", { schema: {} }]] = Object.entries(items);
  const text: JsonSchema = { type: "string" };
  return {
    ...(type === "application/json"
      ? { "application/x-ndjson": { schema: text, "x-ekiben-item": schema } }
      : { [type]: { schema: text, "x-ekiben-item": schema } }),
    "text/event-stream": { schema: text, "x-ekiben-item": schema },
  };
}
