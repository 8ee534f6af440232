/**
 * Latencies: learns which of two places answers a kind of call faster.
 * @module
 */

import type { Clock } from "../clock.ts";
import { RetryDelay } from "../retry-delay.ts";

/** A place that can answer a call: this browser, or the server. */
export type Place = "local" | "server";

/** A choice, and the reason for it in a few words. */
export interface Choice {
  readonly place: Place;
  readonly reason: string;
}

/** The number of calls by which a place is measured. */
const TRIALS = 3;

/** The number of latencies that are remembered for a place: the newest ones. */
const REMEMBERED = 5;

/** The other place is taken if its calls take less than this share of the time. */
const CLEARLY_FASTER = 0.8;

/** The time until the place that is not taken is measured again. It doubles up to the maximum. */
const FIRST_CHECK_MS = 60_000;
const MAX_CHECK_MS = 15 * 60_000;

/** A call that is measured. One that is disposed of without an answer measures nothing. */
export interface Trial extends Disposable {
  /** Ends it with an answer, unless that is an error. */
  end(response: Response): void;
}

/** The calls of one place. */
class Measured {
  started = 0;
  readonly #newest: number[] = [];

  add(latencyMs: number): void {
    this.#newest.push(latencyMs);
    if (this.#newest.length > REMEMBERED) this.#newest.shift();
  }

  /** The median of the newest calls; `undefined` until it has been measured. */
  get medianMs(): number | undefined {
    if (this.#newest.length < TRIALS) return undefined;
    return [...this.#newest].sort((a, b) => a - b)[this.#newest.length >> 1];
  }

  forget(): void {
    this.started = 0;
    this.#newest.length = 0;
  }
}

/** The latencies of one kind of call, in both places. */
export class Latencies {
  readonly #measured: Readonly<Record<Place, Measured>> = {
    local: new Measured(),
    server: new Measured(),
  };
  #taken: Place = "local";
  readonly #delay = new RetryDelay(FIRST_CHECK_MS, MAX_CHECK_MS);
  #checkAtMs: number | undefined;

  /**
   * Chooses the place of a call. A few calls go to each place in turn, and all others to the faster
   * one. The slower one is measured again after a minute, and more rarely while it stays slower.
   */
  choose(nowMs: number): Choice {
    if (this.#checkAtMs !== undefined && nowMs >= this.#checkAtMs) this.#checkAgain();
    const { local, server } = this.#measured;
    const least = local.started <= server.started ? "local" : "server";
    if (this.#measured[least].started < TRIALS) {
      return { place: least, reason: "both places are being measured" };
    }
    const [here, there] = [local.medianMs, server.medianMs];
    if (here === undefined || there === undefined) {
      return { place: this.#taken, reason: "both places are being measured" };
    }
    const [taken, other] = this.#taken === "local" ? [here, there] : [there, here];
    const changes = other < taken * CLEARLY_FASTER;
    if (changes) {
      this.#taken = otherPlace(this.#taken);
      this.#delay.reset();
    }
    if (this.#checkAtMs === undefined || changes) this.#checkAtMs = nowMs + this.#delay.next();
    const reason = `measured ${shown(here)} here and ${shown(there)} at the server`;
    return { place: this.#taken, reason };
  }

  /** Measures a call that begins now. */
  begin(place: Place, clock: Clock): Trial {
    const measured = this.#measured[place];
    const beganAtMs = clock.now();
    measured.started += 1;
    let isOpen = true;
    return {
      end({ status }) {
        if (status >= 400) return; // an error may come before the work
        isOpen = false;
        measured.add(clock.now() - beganAtMs);
      },
      [Symbol.dispose]() {
        if (isOpen) measured.started = Math.max(0, measured.started - 1);
      },
    };
  }

  #checkAgain(): void {
    this.#checkAtMs = undefined;
    this.#measured[otherPlace(this.#taken)].forget();
  }
}

/** Returns the other one of the two places. */
function otherPlace(place: Place): Place {
  return place === "local" ? "server" : "local";
}

function shown(latencyMs: number): string {
  return latencyMs < 10 ? `${latencyMs.toFixed(1)} ms` : `${Math.round(latencyMs)} ms`;
}
