/**
 * The messages between a Service Worker and the pages that answer its requests. Each request has a
 * `MessageChannel` of its own, since a Service Worker is stopped when it is idle and forgets all.
 * @module
 */

/** The version of these messages. A page of another version gets no requests. */
export const PROTOCOL = "ekiben-relay/1";

/** From the Service Worker to a page, with a port: asks whether it could answer a request. */
export interface Offer {
  readonly protocol: typeof PROTOCOL;
  readonly kind: "offer";
}

/** From the Service Worker to all pages: it cannot be installed. */
export interface InstallFailed {
  readonly protocol: typeof PROTOCOL;
  readonly kind: "install-failed";
  readonly reason: string;
}

/** From a page to the Service Worker. */
export interface PageNotice {
  readonly protocol: typeof PROTOCOL;
  /**
   * - `hello`: this page answers requests from now on;
   * - `claim`: control this page, which was loaded without the Service Worker;
   * - `activate`: replace the version before this one now.
   */
  readonly kind: "hello" | "claim" | "activate";
}

/** The state of a page, by which one of several is chosen. */
export interface PageState {
  readonly kind: "state";
  /** True if its service has started. */
  readonly ready: boolean;
  /** True if its service could not start. */
  readonly failed: boolean;
  /** False for a page in the background, whose timers are slow. */
  readonly visible: boolean;
}

/** The request, as it is sent to a page. */
export interface RequestMessage {
  readonly kind: "request";
  /** The path and the query below the scope of the Service Worker, such as `/predict`. */
  readonly target: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The beginning of an answer. */
export interface HeadMessage {
  readonly kind: "head";
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  /** The first part of the body; `undefined` if it has none. */
  readonly first: Uint8Array<ArrayBuffer> | undefined;
  /** True if more parts of the body can be pulled. */
  readonly hasMore: boolean;
  readonly place: "page" | "server";
  readonly reason: string;
}

/** From the Service Worker to the page of a request. */
export type ToPage =
  | RequestMessage
  /** Requests the next part of the body. */
  | { readonly kind: "pull" }
  | { readonly kind: "abort" }
  | { readonly kind: "ping" };

/** From the page of a request to the Service Worker. */
export type FromPage =
  | PageState
  /** The request goes to the server now. */
  | { readonly kind: "sending" }
  | HeadMessage
  | { readonly kind: "part"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "end" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "pong" };

/** Returns the data of a message if it is one of this protocol. */
export function asMessage<T extends { readonly protocol: typeof PROTOCOL }>(
  data: unknown,
): T | undefined {
  const isOurs =
    typeof data === "object" && data !== null && (data as Partial<T>).protocol === PROTOCOL;
  return isOurs ? (data as T) : undefined;
}
