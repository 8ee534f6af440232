/**
 * Heartbeat: finds a worker that has ended without a report, by pings.
 *
 * A busy worker answers none, so one is sent only while the worker has nothing to run. It answers
 * in the order of the messages, and so before it runs a call that was sent after the ping: silence
 * means that it has ended, even if it has calls meanwhile.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { ANSWERS, type FromWorker, type ToWorker } from "../../worker/protocol.ts";

/** The time between two pings, in milliseconds. */
export const BEAT_MS = 1_000;

/**
 * The beats without an answer after which a worker has ended. Beats are counted, and not time: a
 * page that was suspended for an hour finds the answer waiting at the next beat.
 */
export const MAX_MISSED_BEATS = 5;

/** The heartbeat of one worker, which is loading at first. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #ping: () => void;
  readonly #onSilence: () => void;
  /** The number of messages that the worker has to answer by work: its load, calls, its end. */
  #work = 1;
  /** The beats since the ping that has not been answered; `undefined` if there is none. */
  #missed: number | undefined;
  #cancel: () => void = () => {};

  /**
   * @param ping sends a ping
   * @param onSilence called once, when the worker has ended
   */
  constructor(clock: Clock, ping: () => void, onSilence: () => void) {
    this.#clock = clock;
    this.#ping = ping;
    this.#onSilence = onSilence;
    this.#beatLater();
  }

  /** Called before a message is sent to the worker. */
  sending({ kind }: ToWorker): void {
    if (kind !== "run" && kind !== "close") return;
    this.#pingIfIdle();
    this.#work += 1;
  }

  /** Called when a message of the worker has arrived. */
  received({ kind }: FromWorker): void {
    if (kind === "pong") this.#missed = undefined;
    else if (ANSWERS.has(kind)) this.#work -= 1;
  }

  /** Ends the heartbeat. */
  stop(): void {
    this.#cancel();
    this.#cancel = () => {};
  }

  #pingIfIdle(): void {
    if (this.#work > 0 || this.#missed !== undefined) return;
    this.#missed = 0;
    this.#ping();
  }

  #beatLater(): void {
    this.#cancel = this.#clock.after(BEAT_MS, () => {
      if (this.#missed !== undefined) this.#missed += 1;
      if (this.#missed === MAX_MISSED_BEATS) return this.#onSilence();
      this.#pingIfIdle();
      this.#beatLater();
    });
  }
}
