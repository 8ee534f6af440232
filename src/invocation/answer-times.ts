/**
 * AnswerTimes: the time that requests take from the last answer of a runner until their response is
 * written: the rest of the handler, the encoding, the middleware, and the other requests that are
 * answered in the same turn of the event loop. Runners plan with it, so that an answer is not just
 * ready at the deadline of its request, but sent.
 * @module
 */

import type { Clock } from "../clock.ts";
import { EventLoop } from "./event-loop.ts";

/** The quantile that is learned: with a mean, half of the answers would be late. */
const QUANTILE = 0.95;

/** The relative size of a step. A smaller one adapts more slowly, and varies less. */
const STEP = 0.2;

/** The factors of a step: the estimate stays where the one is as frequent as the other is large. */
const UP = Math.exp(STEP * QUANTILE);
const DOWN = Math.exp(-STEP * (1 - QUANTILE));

/** The smallest estimate, from which it can still grow, in milliseconds. */
const MIN_MS = 0.01;

/** The largest first estimate, in milliseconds: code that has not been compiled yet is slow. */
const MAX_FIRST_MS = 2;

/** The time of the answers of one API over one protocol: one number, whatever their count. */
export class AnswerTime {
  #ms = 0;
  /** The time of the runner's answer to the request that has been answered last in this turn. */
  answeredAt: number | undefined;

  /** A high quantile of the recent ones, in milliseconds; 0 before the first. */
  get ms(): number {
    return this.#ms;
  }

  /** Adds one. An outlier counts as any other that is longer: it moves the estimate by a fifth. */
  add(ms: number): void {
    if (this.#ms === 0) this.#ms = Math.min(Math.max(ms, MIN_MS), MAX_FIRST_MS);
    else this.#ms = Math.max(this.#ms * (ms > this.#ms ? UP : DOWN), MIN_MS);
  }
}

/** The times of a server, by protocol and API. */
export class AnswerTimes {
  readonly loop: EventLoop;
  readonly #clock: Clock;
  readonly #times = new Map<string, Map<string, AnswerTime>>();
  /** Those of the requests that have been answered in this turn. */
  readonly #answered: AnswerTime[] = [];
  readonly #turnEnded = (): void => this.#endTurn();

  constructor(clock: Clock, loop: EventLoop = EventLoop.of(clock)) {
    this.#clock = clock;
    this.loop = loop;
  }

  /** @param endpoint the name of an API or a method: one of a bounded number */
  of(protocol: string, endpoint: string): AnswerTime {
    return this.#times.get(protocol)?.get(endpoint) ?? this.#add(protocol, endpoint);
  }

  #add(protocol: string, endpoint: string): AnswerTime {
    const times = this.#times.get(protocol) ?? new Map<string, AnswerTime>();
    const time = new AnswerTime();
    this.#times.set(protocol, times.set(endpoint, time));
    return time;
  }

  /**
   * Records that the response to a request is about to be written. Servers write the responses of
   * one turn one after the other, so that its end is the time at which the last one is written.
   *
   * @param answeredAt the time of the last answer of a runner
   */
  answered(time: AnswerTime, answeredAt: number): void {
    const isFirst = time.answeredAt === undefined;
    // One of each turn is enough, and the one that ends it is as good as any other.
    time.answeredAt = answeredAt;
    if (!isFirst) return;
    this.#answered.push(time);
    if (this.#answered.length === 1) this.loop.atEnd(this.#clock.now(), this.#turnEnded);
  }

  #endTurn(): void {
    const now = this.#clock.now();
    for (const time of this.#answered) {
      time.add(now - (time.answeredAt ?? now));
      time.answeredAt = undefined;
    }
    this.#answered.length = 0;
  }
}
