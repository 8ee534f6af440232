/**
 * ServiceRunner: a runner as a service sees it.
 * @module
 */

import type { Host } from "../host/host.ts";
import type { BatcherStats } from "../runner/batching/batch-record.ts";
import type { CallOptions } from "../runner/call-options.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import type { MethodKinds, SpecsByName } from "../worker/protocol.ts";
import type { Models } from "./models.ts";

/** A part of a service that starts and stops with it: a runner, or a repository of models. */
export interface ServicePart {
  readonly name: string;
  readonly ready: boolean;
  /** The reason why it is not ready, in a few words; `undefined` if it is. */
  readonly whyNotReady: string | undefined;
  /** Adds a function to call whenever readiness may have changed. */
  onReadyChange(listener: () => void): void;
  /** @param defaults settings that apply unless the runner or its runnable overrides them */
  start(host?: Host, defaults?: StartDefaults): Promise<void>;
  /** @param graceMs how long to wait for workers that cannot be stopped */
  close(graceMs?: number): Promise<void>;
}

/** The models of a service that start and stop with it. */
export interface ServiceModels extends Models, ServicePart {
  /** The runners of the models that are loaded now. */
  readonly runners: readonly ServiceRunner[];
}

/** The state of a runner. */
export interface RunnerState {
  /** The number of workers that have loaded. */
  readonly ready: number;
  /** The batching of each batched method. */
  readonly batchers?: Readonly<
    Record<string, Pick<BatcherStats, "maxBatchSize" | "axisIn" | "axisOut">>
  >;
}

/** The part of a runner that a service uses. `runner()` makes one. */
export interface ServiceRunner extends ServicePart {
  /** The inference backends its sessions run on; empty until it has started. */
  readonly backends: readonly string[];
  /** The digest of its model; undefined without one. */
  readonly digest?: string | undefined;
  stats(): RunnerState;
  /** Each method and whether it is batched; empty until it has started. */
  readonly methods?: MethodKinds;
  /** The tensors of the methods for which they are known; empty until it has started. */
  readonly specs?: SpecsByName;
  /** Calls a method by its name. */
  call?(method: string, input: unknown, options?: CallOptions): Promise<unknown>;
}
