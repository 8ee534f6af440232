/**
 * OipHandlers: the handlers of the Open Inference Protocol by the paths of requests.
 * @module
 */

import type { Middleware } from "../../invocation/middleware.ts";
import type { Models } from "../../service/models.ts";
import { UNKNOWN } from "../../service/request-metrics.ts";
import { type ApiHandler, strictHandlerOf } from "../apis.ts";
import type { Endpoint } from "../endpoint.ts";
import type { HttpHost } from "../http-call.ts";
import { documentOf, missing } from "./documents.ts";
import { InferEndpoint } from "./infer-endpoint.ts";
import { JsonEndpoint } from "./json-endpoint.ts";
import { isHealth, isOipPath, matchRoute, type OipMatch } from "./routes.ts";

/** The number of handlers of known models that are kept. */
const MAX_KEPT = 1000;

/** The handlers of the models of a service. */
export class OipHandlers {
  readonly #host: HttpHost;
  readonly #models: Models;
  readonly #middleware: Middleware | undefined;
  readonly #kept = new Map<string, ApiHandler>();

  constructor(host: HttpHost, models: Models, middleware: Middleware | undefined) {
    this.#host = host;
    this.#models = models;
    this.#middleware = middleware;
  }

  /**
   * Returns the handler of a path as it was sent: one that answers 404, if nothing else is there.
   * Undefined for a path of something else, which the health checks are, too.
   */
  get(path: string): ApiHandler | undefined {
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept;
    if (!isOipPath(path) || isHealth(path)) return undefined;
    const { endpoint, isKnown } = this.#find(path);
    const handler = strictHandlerOf(this.#host, endpoint, this.#middleware);
    if (!isKnown) return handler;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(path, handler);
    return handler;
  }

  #find(path: string): { readonly endpoint: Endpoint; readonly isKnown: boolean } {
    let match: OipMatch | undefined;
    try {
      match = matchRoute(path);
      if (match === undefined) throw missing(path, this.#models);
    } catch (error) {
      const fail = (): never => {
        throw error;
      };
      return { endpoint: new JsonEndpoint(UNKNOWN, "any", fail), isKnown: false };
    }
    const { route, method, model, version } = match;
    const { label, isKnown } = this.#labelOf(match);
    const models = this.#models;
    return {
      endpoint:
        route === "infer" && model !== undefined
          ? new InferEndpoint(label, { models, clock: this.#host.settings.clock }, model, version)
          : new JsonEndpoint(label, method, documentOf(match, models)),
      isKnown,
    };
  }

  /** Returns the path of a request in the metrics. Callers may send the name of any model. */
  #labelOf({ route, model, version, pattern }: OipMatch): {
    readonly label: string;
    readonly isKnown: boolean;
  } {
    if (model === undefined || route === "load" || route === "unload") {
      return { label: pattern, isKnown: model === undefined };
    }
    const models = this.#models;
    if (!models.names.includes(model)) return { label: UNKNOWN, isKnown: false };
    const isKnown = version === undefined || models.versionsOf(model).includes(version);
    return { label: pattern.replace("*", () => model), isKnown };
  }
}
