/**
 * Sends a request, and follows its redirects, so that a secret goes to its own server only.
 * @module
 */

import { type Clock, systemClock } from "../../clock.ts";
import { ServiceError } from "../../error.ts";
import { holdResponse } from "../../hold-response.ts";
import { VERSION } from "../../version.ts";
import { networkReason, TransientFailure } from "./failure.ts";

/** The times and tries of requests. */
export interface FetchSettings {
  readonly clock: Clock;
  /** The longest time without an answer, or without another byte of it, in milliseconds. */
  readonly stallMs: number;
  /** How often something is tried that makes no progress. */
  readonly tries: number;
}

/** The settings of the environment. */
export const DEFAULT_SETTINGS: FetchSettings = { clock: systemClock, stallMs: 10_000, tries: 5 };

/** The longest chain of redirects. */
const MAX_REDIRECTS = 10;

/** A request. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** The value of `Authorization`, for one origin only. */
  readonly secret?: { readonly origin: string; readonly value: string } | undefined;
  readonly stall: StallTimer;
}

/** The answer to a request. */
export interface Answer {
  readonly response: Response;
  /** The headers of the first answer, which may be a redirect: those of a hub are in it. */
  readonly first: Headers;
}

/**
 * Sends a GET request, and follows redirects.
 *
 * @throws TransientFailure if no server answers
 * @throws ServiceError for redirects without end, or to something other than HTTP
 */
export async function request(
  url: URL,
  { headers = {}, secret, stall }: RequestOptions,
): Promise<Answer> {
  let at = url;
  let first: Headers | undefined;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const isOwn = secret !== undefined && secret.origin === at.origin;
    const response = await send(
      at,
      {
        // A compressed body could not be gone on with, nor compared with the size of the file.
        "accept-encoding": "identity",
        "user-agent": `ekiben/${VERSION}`,
        ...headers,
        ...(isOwn ? { authorization: secret.value } : {}),
      },
      stall,
    );
    first ??= response.headers;
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
      return { response, first };
    }
    void response.body?.cancel().catch(() => {});
    at = next(at, location);
  }
  throw new ServiceError("failed_precondition", `${shown(url)} redirects without end`);
}

async function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  stall: StallTimer,
): Promise<Response> {
  stall.touch();
  try {
    return holdResponse(await fetch(url, { headers, redirect: "manual", signal: stall.signal }));
  } catch (error) {
    throw new TransientFailure(`Cannot reach ${url.origin}: ${stall.reason(error)}`);
  }
}

function next(from: URL, location: string): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const isSafe =
    to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:");
  if (to !== undefined && isSafe) return to;
  const text = `${shown(from)} redirects to ${location.slice(0, 200)}, which is not followed`;
  throw new ServiceError("failed_precondition", text);
}

/** Returns a URL without what may be a secret: its user, its password and its query. */
export function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** Aborts a request when nothing has come for a time. */
export class StallTimer implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #abort = new AbortController();
  #cancel = (): void => {};
  #isOver = false;

  constructor({ clock, stallMs }: Pick<FetchSettings, "clock" | "stallMs">) {
    this.#clock = clock;
    this.#ms = stallMs;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Begins the time again. */
  touch(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(this.#ms, () => {
      this.#isOver = true;
      this.#abort.abort();
    });
  }

  /** Returns why a request has failed. */
  reason(error: unknown): string {
    return this.#isOver ? `nothing came for ${this.#ms / 1000} s` : networkReason(error);
  }

  [Symbol.dispose](): void {
    this.#cancel();
    // Ends a request whose body is not wanted.
    this.#abort.abort();
  }
}
