/**
 * Poller: asks a server for its metrics, again and again, while somebody looks.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { RetryDelay } from "../../retry-delay.ts";
import type { Scrape } from "./growth.ts";
import { parseMetrics } from "./parse-metrics.ts";

/**
 * `waiting` for the first answer, `live`, `paused`, `disabled` if there are no metrics, `locked` if
 * they need another key, `failing` with the reason.
 */
export type PollState =
  | { readonly is: "waiting" | "live" | "paused" | "disabled" | "locked" }
  | { readonly is: "failing"; readonly why: string };

/** What a poller needs. */
export interface PollerOptions {
  readonly url: string;
  /** The headers of the next request, such as those with a key. */
  headers(): HeadersInit;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  onScrape(scrape: Scrape): void;
  onState(state: PollState): void;
}

/** The time between two scrapes, if they are quick. */
export const POLL_MS: number = 2000;

/** A scrape is under way for at most this share of the time, so that slow ones come rarely. */
const MAX_SHARE = 0.1;

/** The longest time between two scrapes, and until it is tried again. */
export const MAX_POLL_MS: number = 30_000;

/** The time after which a scrape has failed. */
const TIMEOUT_MS = 15_000;

/** The time after which other headers are looked for. */
const KEY_MS = 500;

export class Poller {
  readonly #options: PollerOptions;
  readonly #retry = new RetryDelay(POLL_MS, MAX_POLL_MS);
  /** Ends the request under way, or the timer of the next one. */
  #cancel: (() => void) | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Begins, or goes on after a pause. */
  start(): void {
    if (this.#cancel !== undefined) return;
    this.#options.onState({ is: "waiting" });
    void this.#poll();
  }

  /** Ends what is under way. */
  pause(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    this.#options.onState({ is: "paused" });
  }

  /** Scrapes once, and sets the timer of the next time. Never rejects. */
  async #poll(): Promise<void> {
    const { url, fetch, clock, onScrape, onState } = this.#options;
    const abort = new AbortController();
    const cancel = (): void => abort.abort();
    this.#cancel = cancel;
    const stopTimer = clock.after(TIMEOUT_MS, () =>
      abort.abort(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)),
    );
    const startedAt = clock.now();
    try {
      const given = this.#options.headers();
      const key = keyOf(given);
      const headers = new Headers(given);
      headers.set("accept", "text/plain;version=0.0.4");
      const response = await fetch(url, { headers, signal: abort.signal, cache: "no-store" });
      const text = await response.text();
      if (this.#cancel !== cancel) return;
      if (!response.ok) {
        this.#refused(response, key);
        return;
      }
      const samples = parseMetrics(text);
      const date = Date.parse(response.headers.get("date") ?? "");
      const endedAt = clock.now();
      this.#retry.reset();
      onState({ is: "live" });
      onScrape({
        samples,
        seconds: endedAt / 1000,
        date: (Number.isNaN(date) ? Date.now() : date) / 1000,
      });
      this.#after(waitAfter(endedAt - startedAt));
    } catch (thrown) {
      if (this.#cancel !== cancel) return;
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      onState({ is: "failing", why });
      this.#after(this.#retry.next());
    } finally {
      stopTimer();
    }
  }

  #refused({ status, statusText }: Response, key: string): void {
    const { onState } = this.#options;
    if (status === 401 || status === 403) {
      onState({ is: "locked" });
      this.#afterKey(key, MAX_POLL_MS);
    } else if (status === 404) {
      onState({ is: "disabled" });
      this.#after(MAX_POLL_MS);
    } else {
      onState({ is: "failing", why: `status ${status} ${statusText}`.trim() });
      this.#after(this.#retry.next());
    }
  }

  #after(ms: number): void {
    this.#cancel = this.#options.clock.after(ms, () => void this.#poll());
  }

  /** Polls when the headers have changed, or after a time: the same wrong key is not sent often. */
  #afterKey(key: string, leftMs: number): void {
    this.#cancel = this.#options.clock.after(KEY_MS, () => {
      if (keyOf(this.#options.headers()) !== key || leftMs <= KEY_MS) void this.#poll();
      else this.#afterKey(key, leftMs - KEY_MS);
    });
  }
}

/** Returns the time until the next scrape after one that took so long. */
export function waitAfter(tookMs: number): number {
  return Math.min(MAX_POLL_MS, Math.max(POLL_MS - tookMs, tookMs / MAX_SHARE));
}

/** Returns a text that changes with the headers. */
function keyOf(headers: HeadersInit): string {
  return JSON.stringify(headers instanceof Headers ? [...headers] : headers);
}
