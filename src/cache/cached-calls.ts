/**
 * CachedCalls: answers calls from a cache, and computes an input once for all callers that ask for
 * it at a time.
 * @module
 */

import type { Clock } from "../clock.ts";
import { AnswerCache, type CacheBounds } from "./answer-cache.ts";
import type { Copy } from "./copy.ts";
import { Flight, type FlightCaller, type FlightLimits } from "./flight.ts";
import { type InputKey, isSameInput, keptKey } from "./input-key.ts";

/** How a call was answered: from the cache, by a computation of its own, or by another's. */
export type CacheOutcome = "hit" | "miss" | "shared";

/** An answer, and what is known of it. */
export interface CachedAnswer<V> {
  readonly value: V;
  readonly outcome: CacheOutcome;
  /** The milliseconds since it was computed. */
  readonly ageMs: number;
}

/** The options of `CachedCalls`. */
export interface CachedCallsOptions<V> {
  readonly bounds: CacheBounds;
  readonly clock: Clock;
  /** Returns a copy of an answer; undefined for one that only its own caller can have. */
  readonly copy: (value: V) => Copy<V> | undefined;
  /** Returns false for an answer that is not to be kept. Default: all are. */
  readonly isKept?: (value: V) => boolean;
  /** Returns false for an answer that is out of date. Default: none is. */
  readonly isCurrent?: (value: V) => boolean;
}

/** An answer that has been computed. */
interface Made<V> {
  readonly value: V;
  /** The call whose computation it was: it gets the value itself, all others a copy. */
  readonly by: symbol;
  /** A copy that no caller has; undefined if there can be none. */
  readonly pristine: V | undefined;
}

/** A computation under way. */
interface Underway<V> {
  readonly key: InputKey;
  readonly flight: Flight<Made<V>>;
}

/** The calls of one function. */
export class CachedCalls<V> {
  readonly cache: AnswerCache<V>;
  readonly #options: CachedCallsOptions<V>;
  /** The computations under way, by the groups of their callers and the hashes of their inputs. */
  readonly #underway = new Map<string, Underway<V>>();

  constructor(options: CachedCallsOptions<V>) {
    this.#options = options;
    this.cache = new AnswerCache(options.bounds);
  }

  /**
   * Finds an answer that is there already.
   *
   * @param isAccepted returns false for an answer that this caller does not accept
   */
  find(key: InputKey, isAccepted: (value: V) => boolean = () => true): CachedAnswer<V> | undefined {
    const { clock, isCurrent = () => true, copy } = this.#options;
    const now = clock.now();
    const found = this.cache.get(key, now);
    if (found === undefined) return undefined;
    if (!isCurrent(found.value)) return void this.cache.delete(key);
    const made = isAccepted(found.value) ? copy(found.value) : undefined;
    return made && { value: made.value, outcome: "hit", ageMs: now - found.storedAt };
  }

  /**
   * Computes an answer, together with the other callers of the same input and group.
   *
   * @param group callers of different groups do not share, such as those with other priorities
   * @param compute computes it within the limits of all that wait for it
   * @throws what `compute` throws; the reason of the caller's signal as soon as it is aborted
   */
  async compute(
    key: InputKey,
    group: string,
    caller: FlightCaller,
    compute: (limits: FlightLimits) => Promise<V>,
  ): Promise<CachedAnswer<V>> {
    const { copy } = this.#options;
    const name = `${group} ${key.hash}`;
    const known = this.#underway.get(name);
    // Someone may look for inputs of one hash.
    const isOther = known !== undefined && !isSameInput(known.key, key);
    const { key: kept, flight } = isOther || known === undefined ? this.#begin(name, key) : known;
    if (known === undefined) this.#underway.set(name, { key: kept, flight });
    const by = Symbol();
    const made = await flight.join(caller, async (limits) =>
      this.#keep(kept, by, await compute(limits)),
    );
    if (made.by === by) return { value: made.value, outcome: "miss", ageMs: 0 };
    const own = made.pristine === undefined ? undefined : copy(made.pristine);
    if (own !== undefined) return { value: own.value, outcome: "shared", ageMs: 0 };
    const alone = new Flight<V>(this.#options.clock, () => {});
    return { value: await alone.join(caller, compute), outcome: "miss", ageMs: 0 };
  }

  #begin(name: string, key: InputKey): Underway<V> {
    const flight = new Flight<Made<V>>(this.#options.clock, () => {
      if (this.#underway.get(name)?.flight === flight) this.#underway.delete(name);
    });
    return { key: keptKey(key), flight };
  }

  #keep(key: InputKey, by: symbol, value: V): Made<V> {
    const { clock, copy, isKept = () => true } = this.#options;
    const own = copy(value);
    if (own !== undefined && isKept(value)) this.cache.set(key, own.value, own.bytes, clock.now());
    return { value, by, pristine: own?.value };
  }
}
