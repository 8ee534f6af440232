/**
 * AnswerTimes: the time that requests take from the last answer of a runner until their response is
 * written: the rest of the handler, the encoding, the middleware, and the other requests that are
 * answered together with it. Runners plan with it, so that an answer is not just
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

/**
 * The microtasks between the end of a request and its response: a server awaits the application,
 * and that its middleware. The requests of a batch are answered in turns, a microtask each, so that
 * after that many all of their responses are written.
 */
const MICROTASKS = 16;

/** Calls a function when the responses of requests that end now are written. */
type AfterResponses = (callback: () => void) => void;

const afterResponses: AfterResponses = (callback) => {
  let left = MICROTASKS;
  const next = (): void => {
    left -= 1;
    if (left < 0) callback();
    else queueMicrotask(next);
  };
  next();
};

/** The time of the answers of one API over one protocol: one number, whatever their count. */
export class AnswerTime {
  #ms = 0;
  /** The time of the runner's answer to the request that has ended last, until it is added. */
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
  readonly #afterResponses: AfterResponses;
  /** Those of the requests whose responses are being written. */
  readonly #ended: AnswerTime[] = [];
  readonly #written = (): void => this.#add();

  constructor(
    clock: Clock,
    loop: EventLoop = EventLoop.of(clock),
    after: AfterResponses = afterResponses,
  ) {
    this.#clock = clock;
    this.loop = loop;
    this.#afterResponses = after;
  }

  /** @param endpoint the name of an API or a method: one of a bounded number */
  of(protocol: string, endpoint: string): AnswerTime {
    return this.#times.get(protocol)?.get(endpoint) ?? this.#open(protocol, endpoint);
  }

  #open(protocol: string, endpoint: string): AnswerTime {
    const times = this.#times.get(protocol) ?? new Map<string, AnswerTime>();
    const time = new AnswerTime();
    this.#times.set(protocol, times.set(endpoint, time));
    return time;
  }

  /**
   * Records that a request has ended, and its response is about to be written.
   *
   * @param answeredAt the time of the last answer of a runner
   */
  answered(time: AnswerTime, answeredAt: number): void {
    const isFirst = time.answeredAt === undefined;
    // Of those that end together one is enough, and the last is as good as any other.
    time.answeredAt = answeredAt;
    if (!isFirst) return;
    this.#ended.push(time);
    if (this.#ended.length === 1) this.#afterResponses(this.#written);
  }

  #add(): void {
    const now = this.#clock.now();
    for (const time of this.#ended) {
      time.add(now - (time.answeredAt ?? now));
      time.answeredAt = undefined;
    }
    this.#ended.length = 0;
  }
}
