/**
 * Requests: the requests of an isolate of workerd. Those that wait take turns in running the work
 * that they share.
 *
 * A request cannot start a timer of another one. But it can resolve a promise of it, and workerd
 * then resumes the other request by itself. So each request that waits has a promise by which it is
 * woken, and a timer of its own for when nobody wakes it, since the others may have ended.
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Isolate } from "./isolate.ts";
import { Timers } from "./timers.ts";

/** The interval at which a waiting request looks for work: at first, and after a long wait. */
const FIRST_INTERVAL_MS = 10;
const MAX_INTERVAL_MS = 100;
/** Timers up to this length are also set by the request itself, so that they are not late. */
const SHORT_MS = 1_000;
/** The number of requests that are woken for a piece of work, as one may just have ended. */
const WOKEN = 2;
/** A request that has not looked for work for this long, while another has, counts as ended. */
const ENDED_AFTER_MS = 2_000;

/** The longest time that a request is kept alive. Cloudflare ends it 30 s after its answer. */
const KEPT_ALIVE_MS = 120_000;

/** Delays the end of the current request until a promise is settled. */
export type WaitUntil = (promise: Promise<unknown>) => void;

/** The requests of this isolate. */
export class Requests implements Isolate {
  readonly #waitUntil: WaitUntil;
  readonly #timers = new Timers((ms) => {
    if (ms <= SHORT_MS) setTimeout(() => this.#runAll(), ms);
  });
  /** The requests that wait, the one that came last at the end. */
  readonly #waiting = new Set<Waiter>();
  #work: (() => void)[] = [];

  constructor(waitUntil: WaitUntil) {
    this.#waitUntil = waitUntil;
  }

  /** The time of the isolate. Its timers fire as long as a request waits. */
  get clock(): Clock {
    return this.#timers;
  }

  async wait<T>(work: Promise<T>): Promise<T> {
    const waiter = new Waiter();
    this.#waiting.add(waiter);
    // Without its client it still has its part of the work.
    const release = this.keepAlive();
    void this.#serve(waiter);
    try {
      return await work;
    } finally {
      this.#waiting.delete(waiter);
      waiter.end();
      release();
    }
  }

  run(code: () => void): void {
    this.#work.push(code);
    // The newest will wait for longest, most likely.
    const newest = [...this.#waiting].slice(-WOKEN);
    for (const waiter of newest) waiter.wake();
    if (newest.length === 0) queueMicrotask(() => this.#runAll());
  }

  keepAlive(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    // workerd ends a request that waits for nothing but a promise, taking it for hung.
    const timer = setTimeout(resolve, KEPT_ALIVE_MS);
    this.#waitUntil(promise.then(() => clearTimeout(timer)));
    return resolve;
  }

  async answer(
    request: Request,
    handle: (request: Request) => Response | Promise<Response>,
  ): Promise<Response> {
    const response = await handle(withoutCompression(request));
    if (!response.headers.has("content-encoding")) return response;
    // Or else workerd would encode the body once more.
    const { status, statusText, headers } = response;
    const init = { status, statusText, headers, encodeBody: "manual" };
    return new Response(response.body, init);
  }

  /** Runs shared work in the request of a waiter, until it no longer waits. */
  async #serve(waiter: Waiter): Promise<void> {
    let intervalMs = FIRST_INTERVAL_MS;
    while (!waiter.hasEnded) {
      await waiter.next(Math.min(intervalMs, this.#timers.nextInMs()));
      intervalMs = Math.min(2 * intervalMs, MAX_INTERVAL_MS);
      if (waiter.hasEnded) return;
      this.#forgetEnded();
      this.#waiting.add(waiter); // it may have been forgotten
      this.#runAll();
    }
  }

  /** Removes the waiters of requests that ended before their work: they are not resumed. */
  #forgetEnded(): void {
    let lastAt = 0;
    for (const { seenAt } of this.#waiting) lastAt = Math.max(lastAt, seenAt);
    for (const waiter of this.#waiting) {
      if (waiter.seenAt < lastAt - ENDED_AFTER_MS) this.#waiting.delete(waiter);
    }
  }

  #runAll(): void {
    const work = this.#work;
    this.#work = [];
    for (const code of [...work, ...this.#timers.takeDue()]) {
      try {
        code();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

/** A request that waits. */
class Waiter {
  /** The time at which it last looked for work. */
  seenAt: number = performance.now();
  hasEnded = false;
  #woken = Promise.withResolvers<void>();

  /** Wakes it. Called by any request. */
  wake(): void {
    this.#woken.resolve();
  }

  end(): void {
    this.hasEnded = true;
    this.#woken.resolve();
  }

  /** Waits until it is woken, or for `ms` milliseconds. Called by its own request. */
  async next(ms: number): Promise<void> {
    const { promise, resolve } = this.#woken;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#woken = Promise.withResolvers();
    this.seenAt = performance.now();
  }
}

/** Returns a request whose answer is not compressed: Cloudflare does that by itself. */
function withoutCompression(request: Request): Request {
  if (!request.headers.has("accept-encoding")) return request;
  const headers = new Headers(request.headers);
  headers.delete("accept-encoding");
  return new Request(request, { headers });
}
