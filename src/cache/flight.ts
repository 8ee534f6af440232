/**
 * Flight: one computation that several callers wait for. It is nobody's own: it goes on as long as
 * one of them waits, until the latest of their deadlines. If it fails for a reason that may be its
 * leader's alone, such as a deadline, another caller leads the next attempt.
 * @module
 */

import type { Clock } from "../clock.ts";
import { type Code, ServiceError } from "../error.ts";

/** A caller that waits for an answer. */
export interface FlightCaller {
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds of the clock. */
  readonly deadlineAt?: number | undefined;
}

/** The limits of a computation: those of all that wait for it. */
export interface FlightLimits {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** The latest deadline of those that wait. */
  readonly deadlineAt: number;
}

/** Computes an answer. */
export type Compute<V> = (limits: FlightLimits) => Promise<V>;

/** Errors that may be those of one caller's limits. */
const OF_LIMITS: ReadonlySet<Code> = new Set<Code>([
  ...(["canceled", "deadline_exceeded", "unavailable"] as const),
]);

interface Waiter<V> {
  readonly caller: FlightCaller;
  readonly compute: Compute<V>;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

/** One computation. */
export class Flight<V> {
  readonly #clock: Clock;
  readonly #ended: () => void;
  readonly #waiters = new Set<Waiter<V>>();
  readonly #controller = new AbortController();
  #isOver = false;

  /** @param ended called once, when nobody can join it any more */
  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock;
    this.#ended = ended;
  }

  /** The number of callers that wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /**
   * Waits for the answer. The first caller leads: its `compute` runs.
   *
   * @throws the reason of the caller's signal as soon as it is aborted; ServiceError
   *   `deadline_exceeded` at its deadline; the error of the computation
   */
  join(caller: FlightCaller, compute: Compute<V>): Promise<V> {
    const { signal, deadlineAt = Number.POSITIVE_INFINITY } = caller;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise<V>((resolve, reject) => {
      let cancelTimer = (): void => {};
      const onAbort = (): void => this.#leave(waiter, signal?.reason);
      const end = (): void => {
        cancelTimer();
        signal?.removeEventListener("abort", onAbort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter<V> = {
        caller,
        compute,
        resolve: (value) => {
          end();
          resolve(value);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (Number.isFinite(deadlineAt)) {
        const leftMs = Math.max(0, deadlineAt - this.#clock.now());
        cancelTimer = this.#clock.after(leftMs, () => this.#leave(waiter, late()));
      }
      if (this.#waiters.size === 1) void this.#run(waiter);
    });
  }

  #leave(waiter: Waiter<V>, reason: unknown): void {
    waiter.reject(reason);
    if (this.#waiters.size > 0) return;
    this.#end();
    this.#controller.abort(new ServiceError("canceled", "Nobody waits for the answer any more"));
  }

  #end(): void {
    if (!this.#isOver) this.#ended();
    this.#isOver = true;
  }

  async #run(leader: Waiter<V>): Promise<void> {
    const deadlineAt = this.#deadlineAt;
    const limits = this.#limits;
    try {
      const value = await leader.compute(limits);
      this.#end();
      for (const each of [...this.#waiters]) each.resolve(value);
    } catch (error) {
      if (!this.#isOver) this.#failed(leader, error, deadlineAt);
    }
  }

  /** Fails those that a new attempt cannot help, and lets one of the others lead it. */
  #failed(leader: Waiter<V>, error: unknown, deadlineAt: number): void {
    const isOfLimits = OF_LIMITS.has(ServiceError.from(error).code);
    for (const each of [...this.#waiters]) {
      const mayBeOthers = each !== leader && (deadlineOf(each) > deadlineAt || isCanceled(error));
      if (!isOfLimits || !mayBeOthers) each.reject(error);
    }
    const [next] = [...this.#waiters].sort((one, other) => deadlineOf(other) - deadlineOf(one));
    if (next === undefined) this.#end();
    else void this.#run(next);
  }

  get #deadlineAt(): number {
    return Math.max(...[...this.#waiters].map(deadlineOf));
  }

  get #limits(): FlightLimits {
    const { signal } = this.#controller;
    const waiters = this.#waiters;
    const deadlineAt = (): number => this.#deadlineAt;
    let last = deadlineAt();
    return {
      signal,
      get deadlineAt() {
        // After the last caller has left, it stays.
        if (waiters.size > 0) last = deadlineAt();
        return last;
      },
    };
  }
}

function deadlineOf({ caller }: { readonly caller: FlightCaller }): number {
  return caller.deadlineAt ?? Number.POSITIVE_INFINITY;
}

function isCanceled(error: unknown): boolean {
  return ServiceError.from(error).code === "canceled";
}

function late(): ServiceError {
  return new ServiceError("deadline_exceeded", "The answer was not computed in time");
}
