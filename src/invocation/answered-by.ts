/**
 * AnsweredBy: the models and the caches that have answered the calls of a request.
 * @module
 */

import type { CacheReport } from "../runner/call-options.ts";
import type { UsedModel } from "../runner/used-model.ts";

/** The reports of caches, by what they are of. */
export type CacheReports = Readonly<Partial<Record<CacheReport["of"], CacheReport>>>;

/** The models and the caches of a request. */
export class AnsweredBy {
  /** The models, each once. */
  readonly models: UsedModel[] = [];
  cached: CacheReports = {};

  /** Adds a model that has answered a call. */
  add(model: UsedModel): void {
    const { name, digest } = model;
    const isKnown = this.models.some((each) => each.name === name && each.digest === digest);
    if (!isKnown) this.models.push(model);
  }

  /** Adds the report of a cache. */
  report(report: CacheReport): void {
    this.cached = { ...this.cached, [report.of]: report };
  }
}

/** No model, and no cache. */
export const BY_NONE: AnsweredBy = new AnsweredBy();
