/**
 * ServiceRunner: a runner as a service sees it.
 * @module
 */

import type { Host } from "../host.ts";

/** What a service needs of a runner; `runner()` makes them. */
export interface ServiceRunner {
  readonly name: string;
  readonly ready: boolean;
  /** Why it is not ready, in a few words. */
  readonly whyNotReady: string | undefined;
  /** The inference backends its sessions run on; empty until it has started. */
  readonly backends: readonly string[];
  /** Has a function called whenever it may have become ready, or may not be any more. */
  onReadyChange(listener: () => void): void;
  stats(): { readonly ready: number };
  /** @param defaults what holds where neither the runner nor its runnable says otherwise */
  start(host: Host, defaults?: object): Promise<void>;
  /** @param graceMs how long to wait for workers that cannot be stopped */
  close(graceMs?: number): Promise<void>;
}
