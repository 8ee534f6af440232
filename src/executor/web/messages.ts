/**
 * The messages between a page and its Web Workers, beyond those of every executor.
 * @module
 */

import type { FromWorker, LoadMessage, ToWorker } from "../../worker/protocol.ts";

/** The message that makes a Web Worker load a runnable. */
export interface WebLoadMessage extends LoadMessage {
  /** The name of the lock that the worker holds for as long as it lives. */
  readonly lock?: string;
}

/** From the main thread to a Web Worker. */
export type ToWebWorker = ToWorker | WebLoadMessage;

/** From a Web Worker to the main thread. */
export type FromWebWorker =
  | FromWorker
  /** Reports that its script runs, and listens. Messages before that may be lost. */
  | { readonly kind: "started"; readonly version: string }
  /** Reports that it holds its lock. */
  | { readonly kind: "locked" }
  /** Reports that its code has called `close()` of the worker. */
  | { readonly kind: "closing" };

/** Returns true for a message of this library: a script may send others. */
export function isMessage(data: unknown): data is { readonly kind: string } {
  return typeof data === "object" && data !== null && "kind" in data;
}
