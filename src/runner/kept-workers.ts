/**
 * KeptWorkers: workers whose batches outlive the request that has sent them.
 * @module
 */

import type { ServiceError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { MakePayload } from "../worker/payload.ts";
import type { BatchRunner } from "./batching/batcher-context.ts";
import type { WorkOptions, WorkSource } from "./pool/work-source.ts";

/** Workers in an isolate, where the request that sends a batch is kept alive until its answer. */
export class KeptWorkers implements BatchRunner {
  readonly #workers: BatchRunner;
  readonly #isolate: NonNullable<Host["isolate"]>;

  constructor(workers: BatchRunner, isolate: NonNullable<Host["isolate"]>) {
    this.#workers = workers;
    this.#isolate = isolate;
  }

  get free(): number {
    return this.#workers.free;
  }

  get ahead(): number {
    return this.#workers.ahead;
  }

  get size(): number {
    return this.#workers.size;
  }

  get refusal(): ServiceError | undefined {
    return this.#workers.refusal;
  }

  freeInMs(now: number): ArrayLike<number> {
    return this.#workers.freeInMs(now);
  }

  othersMs(source: WorkSource, ms: () => number): number {
    return this.#workers.othersMs(source, ms);
  }

  dispatch(): void {
    this.#workers.dispatch();
  }

  async runNow(method: string, input: MakePayload, options: WorkOptions): Promise<unknown> {
    // The calls of the batch are answered by what awaits this promise.
    const release = this.#isolate.keepAlive();
    try {
      return await this.#workers.runNow(method, input, options);
    } finally {
      release();
    }
  }
}
