/**
 * `/docs.json`: the service as an OpenAPI document, from which BentoML's HTTP client is made.
 * @module
 */

import type { Hono } from "hono";
import { bodyFields, INFRASTRUCTURE_TAG, operationFields, TAGS } from "../bentoml/openapi.ts";
import { LANES } from "../runner/call-options.ts";
import type { Route } from "../service/routes.ts";
import type { Service } from "../service/service.ts";
import { refuseMethod } from "./error-response.ts";
import type { PROBES } from "./health.ts";
import { METRICS_PATH } from "./metrics.ts";
import { requestContent, responseContent } from "./openapi-schema.ts";

export const DOCS_PATH = "/docs.json";

/** The answers of the probes. */
const ANSWERS: Readonly<Record<(typeof PROBES)[number], string>> = {
  "/livez": "200 while the process runs.",
  "/healthz": "The older name of /livez.",
  "/readyz": "200 when calls can be taken; 503 with the reason when not.",
};

/**
 * Adds the route.
 *
 * @param hasMetrics true if the service has `/metrics`
 */
export function docsRoute(hono: Hono, service: Service, hasMetrics: boolean): void {
  // Made once: the APIs do not change.
  const document = openApiOf(service, hasMetrics);
  hono.get(DOCS_PATH, (c) => c.json(document));
  hono.all(DOCS_PATH, refuseMethod("GET"));
}

/** Returns the document (https://spec.openapis.org/oas/v3.0.2). */
function openApiOf(service: Service, hasMetrics: boolean) {
  const { name, version, routes } = service;
  const answers: Record<string, string> = { ...ANSWERS };
  if (hasMetrics) answers[METRICS_PATH] = "The metrics, for Prometheus.";
  const probes = Object.entries(answers).map(
    ([path, description]) => [path, { get: probeOf(description) }] as const,
  );
  const apis = routes.map((route) => [route.path, { post: operationOf(name, route) }] as const);
  return {
    openapi: "3.0.2",
    info: { title: name, description: "", version },
    servers: [{ url: "." }],
    tags: TAGS.map((tag) => ({ name: tag })),
    paths: Object.fromEntries<object>([...probes, ...apis]),
    components: { schemas: { Error: ERROR }, parameters: PARAMETERS },
  };
}

function probeOf(description: string) {
  const responses = { 200: { description: "Successful Response" } };
  return { tags: [INFRASTRUCTURE_TAG], description, responses };
}

function operationOf(service: string, { name, api }: Route) {
  const { input, output, description = "" } = api;
  const request = { content: requestContent(input), ...bodyFields(input) };
  const response = { content: responseContent(output), ...bodyFields(output) };
  return {
    ...operationFields(service, name, api),
    description,
    parameters: Object.keys(PARAMETERS).map((name) => ({
      $ref: `#/components/parameters/${name}`,
    })),
    requestBody: { required: true, ...request },
    responses: {
      200: { description: "Successful Response", ...response },
      default: {
        description: "Any error",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

/** The headers that every API takes. */
const PARAMETERS = {
  RequestTimeout: {
    name: "Request-Timeout",
    in: "header",
    description: "The time that the caller will wait, in seconds, such as 0.2.",
    schema: { type: "string" },
  },
  Lane: {
    name: "Ekiben-Lane",
    in: "header",
    description: "The priority of the request.",
    schema: { type: "string", enum: LANES },
  },
};

/** The schema of `ErrorBody`. */
const ERROR = {
  type: "object",
  properties: {
    error: { type: "string" },
    code: { type: "string" },
    request_id: { type: "string" },
  },
  required: ["error", "code", "request_id"],
};
