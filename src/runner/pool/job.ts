/**
 * Job: a call or a batch that a worker runs.
 * @module
 */

import type { MakePayload } from "../../worker/payload.ts";
import { Pending, type PendingOptions } from "./pending.ts";
import type { WorkOptions } from "./work-source.ts";

/** The options of a job. */
export interface JobOptions extends WorkOptions, PendingOptions {}

/** A piece of work that waits for a worker, runs, or has been answered. */
export class Job extends Pending {
  readonly method: string;
  /** Makes the input to send, anew for each worker that it is sent to. */
  readonly makePayload: MakePayload;
  readonly options: WorkOptions;
  /** The number of workers that were lost while they ran it. */
  losses = 0;

  constructor(method: string, makePayload: MakePayload, options: JobOptions = {}) {
    super(options);
    this.method = method;
    this.makePayload = makePayload;
    this.options = options;
  }

  /** False once it is settled, or its answer is no longer wanted. */
  override get waiting(): boolean {
    return super.waiting && (this.options.isWanted?.() ?? true);
  }
}
