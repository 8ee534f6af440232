/**
 * EventLoop: how long requests wait for the thread that handles them. On a busy one they wait in
 * their sockets, before anything of theirs has run: no clock of their own has started yet.
 * @module
 */

import type { Clock } from "../clock.ts";

/** Calls a function at the end of this turn of the event loop. */
type AfterTurn = (callback: () => void) => void;

/** The longest gap, in milliseconds, between two turns of which the second followed at once. */
const MAX_GAP_MS = 0.3;

/** The longest turn that counts, in milliseconds: hosts may drop the callback at its end. */
const MAX_TURN_MS = 1000;

/**
 * Returns a function that calls another one after all events that were due; undefined in browsers,
 * which have none, and in workerd, where time stands still while code runs, and a callback is
 * dropped with the request that asked for it.
 */
function systemAfterTurn(): AfterTurn | undefined {
  const { setImmediate, navigator } = globalThis as { readonly setImmediate?: AfterTurn } & {
    readonly navigator?: { readonly userAgent?: string };
  };
  return navigator?.userAgent === "Cloudflare-Workers" ? undefined : setImmediate;
}

const loops = new WeakMap<Clock, EventLoop>();

/** The turns of the event loop in which requests begin or are answered. */
export class EventLoop {
  readonly #clock: Clock;
  readonly #afterTurn: AfterTurn | undefined;
  /** The first event of this turn; undefined before it. */
  #startedAt: number | undefined;
  /** The time since which a request of this turn may have waited. */
  #waitingSince = 0;
  #lastStartedAt = Number.NEGATIVE_INFINITY;
  #lastEndedAt = Number.NEGATIVE_INFINITY;
  readonly #ended = (): void => this.#end();

  /** @param afterTurn undefined where there is none, as in browsers: then nothing is known */
  constructor(clock: Clock, afterTurn: AfterTurn | undefined) {
    this.#clock = clock;
    this.#afterTurn = afterTurn;
  }

  /** Returns the loop of a clock. All servers of a process share its thread. */
  static of(clock: Clock): EventLoop {
    const known = loops.get(clock);
    if (known !== undefined) return known;
    const loop = new EventLoop(clock, systemAfterTurn());
    loops.set(clock, loop);
    return loop;
  }

  /**
   * Returns the longest time that a request may have waited that is handled now: since its turn
   * began, or since the turn before, if this one followed at once.
   */
  waitedMs(now: number): number {
    this.enter(now);
    return this.#afterTurn === undefined ? 0 : now - this.#waitingSince;
  }

  /** Records that something happens in this turn. */
  enter(now: number): void {
    const startedAt = this.#startedAt;
    if (startedAt !== undefined && now - startedAt < MAX_TURN_MS) return;
    this.#startedAt = now;
    this.#waitingSince = now - this.#lastEndedAt < MAX_GAP_MS ? this.#lastStartedAt : now;
    this.#afterTurn?.(this.#ended);
  }

  #end(): void {
    if (this.#startedAt === undefined) return;
    this.#lastEndedAt = this.#clock.now();
    this.#lastStartedAt = Math.max(this.#startedAt, this.#lastEndedAt - MAX_TURN_MS);
    this.#startedAt = undefined;
  }
}
