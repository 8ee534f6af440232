/**
 * ServiceRunner: a runner as a service sees it.
 * @module
 */

import type { Host } from "../host/host.ts";

/** The part of a runner that a service uses. `runner()` makes one. */
export interface ServiceRunner {
  readonly name: string;
  readonly ready: boolean;
  /** The reason why it is not ready, in a few words; `undefined` if it is. */
  readonly whyNotReady: string | undefined;
  /** The inference backends its sessions run on; empty until it has started. */
  readonly backends: readonly string[];
  /** Adds a function to call whenever readiness may have changed. */
  onReadyChange(listener: () => void): void;
  stats(): { readonly ready: number };
  /** @param defaults settings that apply unless the runner or its runnable overrides them */
  start(host?: Host, defaults?: object): Promise<void>;
  /** @param graceMs how long to wait for workers that cannot be stopped */
  close(graceMs?: number): Promise<void>;
}
