/**
 * Starter: starts a service at the first call for it, once, and again after a start that failed.
 * @module
 */

import type { Clock } from "../clock.ts";
import { messageOf, ServiceError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { log } from "../log.ts";
import { RetryDelay } from "../retry-delay.ts";
import type { Service } from "../service/service.ts";

/** The time after a failed start until the next one. It doubles with each failure. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** The most calls that wait for a start at the same time. */
const MAX_WAITING = 1_000;

/** The options of a `Starter`. */
export interface StarterOptions {
  readonly service: Service;
  readonly clock: Clock;
  /** The longest wait of a call, in milliseconds. */
  readonly timeoutMs: number;
  /** Starts the service, unless it has been started already. */
  readonly start: () => Promise<void>;
  readonly isolate?: Host["isolate"] | undefined;
}

/** Starts a service when it is needed. */
export class Starter {
  readonly #options: StarterOptions;
  #starting: Promise<void> | undefined;
  #isStarted = false;
  #isClosed = false;
  readonly #delay = new RetryDelay(FIRST_RETRY_MS, MAX_RETRY_MS);
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** True once no start is needed any more: the service has started, or has been closed. */
  get isOver(): boolean {
    return this.#isStarted || this.#isClosed;
  }

  /**
   * Starts the service, at once even after a failure. Callers at the same time share one start.
   *
   * @throws Error the reason why it cannot start, or that it has been closed
   */
  start(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error("The application has been closed"));
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Starts the service for a call, unless a start has failed a moment ago. */
  trigger(): void {
    const { clock } = this.#options;
    if (this.isOver || clock.now() < this.#retryAtMs) return;
    this.start().catch(() => {}); // which has been logged
  }

  /**
   * Starts the service for a call, and waits for the start. It returns after a failed start, too:
   * the service then refuses the call.
   *
   * @param signal ends the wait
   * @param callerTimeoutMs the time that the caller will wait; undefined if it did not say
   * @throws ServiceError `unavailable` when the start takes too long, or too many calls wait
   */
  async wait(signal: AbortSignal, callerTimeoutMs?: number): Promise<void> {
    this.trigger();
    const { clock, isolate } = this.#options;
    const timeoutMs = Math.max(
      0,
      Math.min(this.#options.timeoutMs, callerTimeoutMs ?? Number.POSITIVE_INFINITY),
    );
    if (this.#starting === undefined || signal.aborted) return;
    if (this.#waiting >= MAX_WAITING) throw stillStarting();
    this.#waiting += 1;
    const ended = Promise.withResolvers<"late" | undefined>();
    const leave = (): void => ended.resolve(undefined);
    const cancelTimer = clock.after(timeoutMs, () => ended.resolve("late"));
    signal.addEventListener("abort", leave, { once: true });
    this.#starting.then(leave, leave);
    const end = await (isolate?.wait(ended.promise) ?? ended.promise);
    this.#waiting -= 1;
    cancelTimer();
    signal.removeEventListener("abort", leave);
    if (end === "late") throw stillStarting();
  }

  /** Prevents all further starts. */
  close(): void {
    this.#isClosed = true;
  }

  async #start(): Promise<void> {
    const { service, clock, start, isolate } = this.#options;
    // The request that has begun the start may end before it; the others wait for the same start.
    const release = isolate?.keepAlive();
    try {
      await start();
      this.#isStarted = true;
    } catch (error) {
      if (this.#isClosed) throw new Error("The application was closed while it started");
      const retryMs = this.#delay.next();
      this.#retryAtMs = clock.now() + retryMs;
      const seconds = retryMs / 1000;
      service.admission.refuse("The service could not start", seconds);
      log.error(
        "Service {service} could not start: {reason}. The first call after {seconds} s tries again",
        { service: service.name, reason: messageOf(error), seconds },
      );
      throw error;
    } finally {
      this.#starting = undefined;
      release?.();
    }
  }
}

function stillStarting(): ServiceError {
  return new ServiceError("unavailable", "The service is still starting", {
    retryAfterSeconds: FIRST_RETRY_MS / 1000,
  });
}
