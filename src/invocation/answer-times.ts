/**
 * AnswerTimes: the time that requests take from the last answer of a runner until their response is
 * written: the rest of the handler, the encoding, the middleware, and the other requests that are
 * answered together with it. Runners plan with it, so that an answer is not just ready at the
 * deadline of its request, but sent.
 * @module
 */

import type { Clock } from "../clock.ts";
import { EventLoop } from "./event-loop.ts";

/** The number of recent times that are known. */
const RECENT = 32;

/**
 * The microtasks between the end of a request and its response: a server awaits the application,
 * and that its middleware. The requests of a batch are answered in turns, a microtask each, so that
 * after that many all of their responses are written.
 */
const MICROTASKS = 16;

/**
 * The time that is left for the way of a request to the server, and of its response to the client,
 * in milliseconds: no server can see it. On one machine it is up to 1 ms, mostly that of timers.
 */
const WAY_MS = 1;

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

/**
 * The time of the answers of one API over one protocol: the third longest of the recent ones, about
 * their 91st percentile. With a mean, half of the answers would be late, and with the longest one,
 * a pause of the process would count. What was slow for a while is forgotten soon.
 */
export class AnswerTime {
  readonly #recent = new Float64Array(RECENT);
  #next = 0;
  #ms = 0;
  /** The time of the runner's answer to the request that has ended last, until it is added. */
  answeredAt: number | undefined;

  /** The time in milliseconds; 0 until three are known. */
  get ms(): number {
    return this.#ms;
  }

  /**
   * Returns the milliseconds before its deadline at which a runner must have answered a request: at
   * most half of the time that it has.
   *
   * @param waitedMs the time for which it waited to be read
   * @param leftMs the time until its deadline
   */
  earlierMs(waitedMs: number, leftMs: number): number {
    const knownMs = this.#ms + waitedMs;
    return knownMs > 0 ? Math.max(0, Math.min(knownMs + WAY_MS, leftMs / 2)) : 0;
  }

  add(ms: number): void {
    this.#recent[this.#next] = ms;
    this.#next = (this.#next + 1) % RECENT;
    let [first, second, third] = [0, 0, 0];
    for (const each of this.#recent) {
      if (each <= third) continue;
      if (each <= second) third = each;
      else {
        third = second;
        second = Math.min(each, first);
        first = Math.max(each, first);
      }
    }
    this.#ms = third;
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
