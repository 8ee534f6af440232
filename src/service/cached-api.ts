/**
 * CachedApi: the cache of the answers of an API.
 * @module
 */

import { CacheMetrics } from "../cache/cache-metrics.ts";
import { type CachedAnswer, CachedCalls } from "../cache/cached-calls.ts";
import { type Copy, copied } from "../cache/copy.ts";
import type { FlightLimits } from "../cache/flight.ts";
import { type InputKey, inputKey } from "../cache/input-key.ts";
import { type Clock, systemClock } from "../clock.ts";
import { ServiceError } from "../error.ts";
import type { MetricsRegistry } from "../metrics/registry.ts";
import { checkModel, IF_MODEL, type UsedModel } from "../runner/used-model.ts";
import type { AnyApi } from "./api.ts";
import { type ApiCacheOptions, CREDENTIALS } from "./cache-options.ts";
import type { Context } from "./context.ts";
import { FlightContext } from "./flight-context.ts";
import { isStream } from "./stream.ts";

/** The memory of a cache whose size is not set: 64 MiB. */
const MAX_BYTES = 64 << 20;

/** An answer of a handler, with what else it has set. */
interface ApiAnswer {
  readonly output: unknown;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly trailers: readonly (readonly [string, string])[];
  /** The models that it called. */
  readonly models: readonly UsedModel[];
}

/** The cache of one API. */
export class CachedApi {
  readonly #options: ApiCacheOptions;
  readonly #calls: CachedCalls<ApiAnswer>;
  readonly #metrics: CacheMetrics;

  constructor(
    name: string,
    options: ApiCacheOptions,
    registry: MetricsRegistry,
    clock: Clock = systemClock,
  ) {
    const { maxBytes = MAX_BYTES, maxEntries, maxAgeMs } = options;
    this.#options = { ...options, maxBytes };
    this.#calls = new CachedCalls({
      bounds: { maxBytes, maxEntries, maxAgeMs },
      clock,
      copy: copyOf,
      isKept: isKept,
      isCurrent: ({ models }) => models.every(({ isCurrent }) => isCurrent?.() ?? true),
    });
    const names = { kind: "api", name, version: "" } as const;
    this.#metrics = new CacheMetrics(registry, names, this.#calls.cache);
  }

  /** Removes all answers. */
  clear(): void {
    this.#calls.cache.clear();
  }

  /**
   * Answers a request from the cache, by a computation that is under way, or by one of its own.
   *
   * @param run runs the handler
   * @throws what the handler throws; the reason of the context's signal when it is aborted
   */
  async answer(
    input: unknown,
    context: Context,
    run: (context: Context) => unknown,
  ): Promise<unknown> {
    const key = this.#keyOf(input, context);
    if (key === undefined) return await run(context);
    const { ifModel, lane, headers } = context;
    const accepts = ({ models }: ApiAnswer): boolean => models.every((each) => isIn(each, ifModel));
    const found = this.#calls.find(key, accepts);
    if (found !== undefined) return this.#send(found, context);
    const group = JSON.stringify([lane, headers.get(IF_MODEL)]);
    const made = await this.#calls.compute(key, group, context, (limits) =>
      answerWithin(limits, context, run),
    );
    return this.#send(made, context);
  }

  #keyOf(input: unknown, context: Context): InputKey | undefined {
    const { shared = false, vary = [], maxBytes = MAX_BYTES } = this.#options;
    const { headers, query, caller } = context;
    const names = shared ? vary : [...CREDENTIALS, ...vary];
    const facts = names.map((name) => headers.get(name));
    return inputKey([input, shared ? null : (caller ?? null), query.toString(), facts], maxBytes);
  }

  /** Sets what the handler has set, and returns its output. */
  #send({ value, outcome, ageMs }: CachedAnswer<ApiAnswer>, context: Context): unknown {
    const { output, status, headers, trailers, models } = value;
    const { response } = context;
    this.#metrics.count(outcome);
    response.status = status;
    for (const [name, text] of headers) response.headers.append(name, text);
    for (const [name, text] of trailers) response.trailers.append(name, text);
    for (const model of models) context.onModel?.(model);
    if (isStream(output) || !isKept(value)) return output;
    const { maxAgeMs, shared = false, vary = [] } = this.#options;
    context.onCached?.({ of: "api", ageMs, maxAgeMs, isShared: shared, vary });
    return output;
  }
}

/** Returns the caches of the APIs that have one, by their names; undefined for none. */
export function cachesOf(
  apis: Readonly<Record<string, Pick<AnyApi, "cache">>>,
  registry: MetricsRegistry,
): ReadonlyMap<string, CachedApi> | undefined {
  const caches = new Map<string, CachedApi>();
  for (const [name, { cache }] of Object.entries(apis)) {
    if (cache === undefined) continue;
    caches.set(name, new CachedApi(name, cache === true ? {} : cache, registry));
  }
  return caches.size === 0 ? undefined : caches;
}

/** Runs a handler within the limits of all that wait for its answer. */
async function answerWithin(
  limits: FlightLimits,
  given: Context,
  run: (context: Context) => unknown,
): Promise<ApiAnswer> {
  const context = new FlightContext(given, limits);
  const output = await run(context);
  // It is sent to one caller alone, whose disconnect ends it.
  if (isStream(output)) context.follow(given.signal);
  const { status, headers, trailers } = context.response;
  return {
    output,
    status,
    headers: [...headers],
    trailers: [...trailers],
    models: context.models,
  };
}

function copyOf(answer: ApiAnswer): Copy<ApiAnswer> | undefined {
  // A cookie is for one caller.
  if (answer.headers.some(([name]) => name === "set-cookie")) return undefined;
  const copy = copied(answer.output);
  return copy && { value: { ...answer, output: copy.value }, bytes: copy.bytes };
}

/** Returns true for a success that its handler lets others keep. */
function isKept({ status, headers }: ApiAnswer): boolean {
  const control = headers.find(([name]) => name === "cache-control")?.[1] ?? "";
  return status < 300 && !/\bno-store\b/i.test(control);
}

function isIn(model: UsedModel, condition: Context["ifModel"]): boolean {
  try {
    checkModel(condition, model);
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}
