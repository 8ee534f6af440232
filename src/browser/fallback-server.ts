/**
 * FallbackServer: the server that answers where the browser cannot, and whether it is reachable.
 * @module
 */

import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { RetryDelay } from "../retry-delay.ts";
import { boundedBody } from "./bounded-body.ts";
import type { KeptRequest } from "./kept-request.ts";

/**
 * The header of requests to a server of the page's own origin, which a Service Worker leaves to
 * the network.
 */
export const DIRECT = "x-ekiben-direct";

/** The time until a server that was down is tried again. It doubles up to the maximum. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** The server did not answer, for the reason in the message, which ends a sentence. */
export class ServerDownError extends Error {
  override readonly name = "ServerDownError";
}

/** The options of a `FallbackServer`. */
export interface FallbackServerOptions {
  readonly url: URL;
  readonly clock: Clock;
  /** The longest wait for an answer, and for each part of one, in milliseconds. */
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

/** The options of `send()`. */
export interface SendOptions {
  /** Ends the wait for the answer when it is aborted, with a `ServerDownError`. */
  readonly stop?: AbortSignal | undefined;
  /** False if HTML cannot be an answer of the service, so that it is one of something else. */
  readonly mayBeHtml: boolean;
}

/** The statuses of a server or a proxy that cannot answer now. */
const NOT_NOW: readonly number[] = [502, 503];

/** A server of the same service. */
export class FallbackServer {
  readonly #options: FallbackServerOptions;
  readonly #closing = new AbortController();
  readonly #delay = new RetryDelay(FIRST_RETRY_MS, MAX_RETRY_MS);
  #whyDown: string | undefined;
  #retryAtMs = 0;

  constructor(options: FallbackServerOptions) {
    this.#options = options;
  }

  /** The URL of the server. */
  get url(): string {
    return this.#options.url.href;
  }

  /** The reason why it is not to be asked now; `undefined` if it may answer. */
  get whyDown(): string | undefined {
    if (globalThis.navigator?.onLine === false) return "the browser is offline";
    return this.#options.clock.now() < this.#retryAtMs ? this.#whyDown : undefined;
  }

  /**
   * Sends a request, and returns the answer when it begins.
   *
   * @throws ServerDownError if there is none; the reason of the request's signal if it is aborted
   */
  async send(kept: KeptRequest, options: SendOptions): Promise<Response> {
    const { url, method, headers, signal, credentials } = kept.request;
    const target = this.#target(url);
    const sent = new Headers(headers);
    if (target.origin === globalThis.location?.origin) sent.set(DIRECT, "1");
    const body = kept.body === undefined ? {} : { body: kept.body };
    const init = { method, headers: sent, credentials, cache: "no-store", ...body } as const;
    return await this.#receive(target, init, signal, options);
  }

  /** @throws ServerDownError if it does not answer */
  async probe(): Promise<void> {
    const target = this.#target("http://localhost/readyz");
    const answer = await this.#receive(target, { cache: "no-store" }, new AbortController().signal);
    await answer.body?.cancel();
  }

  /** Aborts the requests under way. */
  close(): void {
    this.#closing.abort(new Error("The service has been closed"));
  }

  #target(url: string): URL {
    const { pathname, search } = new URL(url);
    const target = new URL(this.#options.url);
    target.pathname = target.pathname.replace(/\/$/, "") + pathname;
    target.search = search;
    return target;
  }

  async #receive(
    target: URL,
    init: RequestInit,
    signal: AbortSignal,
    { stop, mayBeHtml }: SendOptions = { mayBeHtml: false },
  ): Promise<Response> {
    const { clock, timeoutMs, fetch } = this.#options;
    signal.throwIfAborted();
    const late = new AbortController();
    const cancelTimer = clock.after(timeoutMs, () => late.abort(silentFor(timeoutMs)));
    const giveUp = (): void => late.abort(stop?.reason);
    stop?.addEventListener("abort", giveUp, { once: true });
    const anyEnd = AbortSignal.any([signal, late.signal, this.#closing.signal]);
    try {
      const answer = await fetch(target.href, { ...init, signal: anyEnd });
      this.#check(answer, mayBeHtml);
      this.#whyDown = undefined;
      this.#delay.reset();
      const ended = (error?: unknown): void => {
        if (error !== undefined && !signal.aborted) this.#fail(messageOf(error));
      };
      return boundedBody(answer, { clock, timeoutMs, stop: late, ended });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (this.#closing.signal.aborted) throw new ServerDownError("the service was closed");
      const down = error instanceof ServerDownError ? error : unreachable(error);
      this.#fail(down.message);
      throw down;
    } finally {
      cancelTimer();
      stop?.removeEventListener("abort", giveUp);
    }
  }

  /** @throws ServerDownError for an answer that is not of the service */
  #check(answer: Response, mayBeHtml: boolean): void {
    const { status, headers } = answer;
    if (!NOT_NOW.includes(status) && !isForeign(answer, mayBeHtml)) return;
    void answer.body?.cancel().catch(() => {});
    const retrySeconds = Number(headers.get("retry-after") ?? Number.NaN);
    if (retrySeconds > 0) this.#retryAtMs = this.#options.clock.now() + retrySeconds * 1000;
    throw new ServerDownError(
      NOT_NOW.includes(status)
        ? `it answered with status ${status}`
        : `it answered ${status} with HTML, which no server of this service does`,
    );
  }

  #fail(why: string): void {
    this.#whyDown = why;
    this.#retryAtMs = Math.max(this.#retryAtMs, this.#options.clock.now() + this.#delay.next());
  }
}

/** Returns the error of a server that has not answered. */
export function silentFor(waitMs: number): ServerDownError {
  return new ServerDownError(`it did not answer within ${Math.round(waitMs)} ms`);
}

/** Returns true for HTML of something that is not a server of the service. */
function isForeign({ status, headers }: Response, mayBeHtml: boolean): boolean {
  const isHtml = /^text\/html\b/.test(headers.get("content-type") ?? "");
  return isHtml && (status >= 400 || !mayBeHtml);
}

function unreachable(error: unknown): ServerDownError {
  const text =
    `it cannot be reached (${messageOf(error)}): it is down, or does not allow requests of this ` +
    "page (CORS)";
  return new ServerDownError(text, { cause: error });
}
