/**
 * The routes of the Open Inference Protocol over HTTP, all of them below `/v2`.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import { excerpt } from "../../io/wording.ts";
import { UNKNOWN } from "../../service/request-metrics.ts";
import type { EndpointMethod } from "../endpoint.ts";

/** The prefix of all routes. */
const OIP_PREFIX: string = "/v2";

/** The health checks, which need no credentials. */
export const OIP_LIVE: string = "/v2/health/live";
export const OIP_READY: string = "/v2/health/ready";

/** The paths of all routes. */
export const OIP_PATHS: readonly string[] = [OIP_PREFIX, OIP_LIVE, OIP_READY, `${OIP_PREFIX}/*`];

/** The names of the routes. */
export type RouteName =
  | "server"
  | "models"
  | "metadata"
  | "ready"
  | "config"
  | "statistics"
  | "infer"
  | "index"
  | "load"
  | "unload"
  | "unsupported";

/** A request's route, and the names in its path. */
export interface OipMatch {
  readonly route: RouteName;
  readonly method: EndpointMethod;
  /** Its path with `*` for the name of a model, and without a version. */
  readonly pattern: string;
  /** The name of a model. */
  readonly model?: string;
  /** A version, or a label. */
  readonly version?: string;
}

/** The routes of a model, behind its name and its version. */
const OF_MODEL: ReadonlyMap<string, OipMatch> = new Map<string, OipMatch>([
  ["", { route: "metadata", method: "GET", pattern: "/v2/models/*" }],
  ["ready", { route: "ready", method: "GET", pattern: "/v2/models/*/ready" }],
  ["config", { route: "config", method: "GET", pattern: "/v2/models/*/config" }],
  ["stats", { route: "statistics", method: "GET", pattern: "/v2/models/*/stats" }],
  ["infer", { route: "infer", method: "POST", pattern: "/v2/models/*/infer" }],
]);

/** The routes without a name. */
const PLAIN: ReadonlyMap<string, OipMatch> = new Map<string, OipMatch>(
  (
    [
      ["server", "GET", "/v2"],
      ["models", "GET", "/v2/models"],
      ["statistics", "GET", "/v2/models/stats"],
      ["index", "POST", "/v2/repository/index"],
    ] as const
  ).map(([route, method, pattern]) => [pattern, { route, method, pattern }]),
);

/** Triton's extensions that this server does not have, to say so: of the server, and of a model. */
const UNSUPPORTED = /^(?:trace\/setting|logging|(?:system|cuda)sharedmemory(?:\/.*)?)$/;
const UNSUPPORTED_OF_MODEL =
  /^models\/[^/]+(?:\/versions\/[^/]+)?\/(?:trace\/setting|generate|generate_stream)$/;

const MODEL = /^models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/([^/]+))?$/;

const CONTROL = /^repository\/models\/([^/]+)\/(load|unload)$/;

/** Returns true for the path of a health check. */
export function isHealth(path: string): boolean {
  return path === OIP_LIVE || path === OIP_READY;
}

/** Returns true for a path of the protocol, whether or not there is something. */
export function isOipPath(path: string): boolean {
  return path === OIP_PREFIX || path.startsWith(`${OIP_PREFIX}/`);
}

/**
 * Returns the route of a path as it was sent; undefined for one that has none.
 *
 * @throws ServiceError `invalid_argument` for a name that is not percent-encoded UTF-8
 */
export function matchRoute(path: string): OipMatch | undefined {
  const plain = PLAIN.get(path);
  if (plain !== undefined) return plain;
  const rest = path.slice(OIP_PREFIX.length + 1);
  if (UNSUPPORTED.test(rest) || UNSUPPORTED_OF_MODEL.test(rest)) {
    return { route: "unsupported", method: "any", pattern: UNKNOWN };
  }
  const control = CONTROL.exec(rest);
  if (control !== null) {
    const [, model = "", action = ""] = control;
    const pattern = `/v2/repository/models/*/${action}`;
    return { route: action as "load", method: "POST", pattern, model: nameIn(model) };
  }
  const [, model, version, action = ""] = MODEL.exec(rest) ?? [];
  const found = model === undefined ? undefined : OF_MODEL.get(action);
  if (model === undefined || found === undefined) return undefined;
  const names = version === undefined ? {} : { version: nameIn(version) };
  return { ...found, model: nameIn(model), ...names };
}

/**
 * Returns the pattern of the route that takes a request and needs the models; undefined for a
 * request that none takes.
 */
export function patternOf(method: string, path: string): string | undefined {
  if (!isOipPath(path) || isHealth(path) || path === OIP_PREFIX) return undefined;
  try {
    const match = matchRoute(path);
    return match?.method === (method === "HEAD" ? "GET" : method) ? match.pattern : undefined;
  } catch {
    return undefined; // a malformed name
  }
}

/** Returns a name of a path, decoded once. */
function nameIn(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw invalidArgument(`The path has a name that is not UTF-8: ${excerpt(segment)}`, error);
  }
}
