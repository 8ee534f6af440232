/**
 * Which requests are calls of APIs and models, and how those are named.
 * @module
 */

import type { Sample } from "./parse-metrics.ts";

/** The endpoint by which requests for unknown paths and methods are counted. */
const UNKNOWN = "(unknown)";

/**
 * The endpoints that are no calls: the page, probes, documents, and what is asked about models. The
 * syntax is that of Prometheus: examples/deploy has the same texts.
 */
export const OTHER_ENDPOINTS: string = [
  "/",
  "/(livez|readyz|healthz|metrics|docs[.]json|openapi[.]json|schema[.]json)",
  "/ui.*",
  "/v2",
  "/v2/(health|repository)/.+",
  "/v2/models(/[^/]+(/(ready|config|stats))?)?",
  "[(]unknown[)]",
].join("|");

/** The same over RPC: health, reflection, and methods about services and models. */
export const OTHER_METHODS: string = [
  "grpc[.].+",
  ".+/(Service|Server|Model)(Metadata|Live|Ready|Config|Statistics)",
  ".+/Repository.+",
  "[(]unknown[)]",
].join("|");

/** Prometheus's expressions match whole texts. */
const otherEndpoint = new RegExp(`^(?:${OTHER_ENDPOINTS})$`);
const otherMethod = new RegExp(`^(?:${OTHER_METHODS})$`);

/** Returns true for the labels of a call of an API, a model or a mounted application. */
export function isKnownCall({ endpoint = "", api_name = "" }: Sample["labels"]): boolean {
  return endpoint === "" ? !otherMethod.test(api_name) : !otherEndpoint.test(endpoint);
}

/** Returns true also for requests for what is not there, which are answered at once. */
export function isCall(labels: Sample["labels"]): boolean {
  return isKnownCall(labels) || [labels["endpoint"], labels["api_name"]].includes(UNKNOWN);
}

/** Returns the name of a call: its path over HTTP, its API or method over RPC. */
export function nameOfCall({ endpoint = "", api_name = "" }: Sample["labels"]): string {
  return endpoint === "" ? `${api_name.replace(/^.*\//, "")} (RPC)` : endpoint;
}
