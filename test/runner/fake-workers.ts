/** Workers that run a batch when the test says so. */

import { type BatchOptions, batchSettings } from "../../src/runner/batching/batch-options.ts";
import type { BatchRecord } from "../../src/runner/batching/batch-record.ts";
import { Batcher } from "../../src/runner/batching/batcher.ts";
import type { BatcherContext, BatchRunner } from "../../src/runner/batching/batcher-context.ts";
import { Schedule } from "../../src/runner/pool/schedule.ts";
import type { WorkOptions, WorkSource } from "../../src/runner/pool/work-source.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import type { MakePayload } from "../../src/worker/payload.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A batch that has been given to a worker. */
export interface Run {
  readonly input: unknown;
  readonly options: WorkOptions;
  readonly startedAt: number;
  /** A worker starts on it: at once, unless it was sent ahead. */
  start(): void;
  /** @param ranMs the milliseconds that the worker has measured */
  resolve(output: unknown, ranMs?: number): void;
  reject(error: unknown): void;
  /** Quarantines its worker: another takes its place, and it continues. */
  suspect(): void;
}

export class FakeWorkers implements BatchRunner {
  readonly size: number;
  readonly clock = new FakeClock();
  /** Busy workers that take a batch ahead. */
  ahead = 0;
  /** The batches that run now, in the order they came. */
  readonly running: Run[] = [];
  /** Every input so far. */
  readonly inputs: unknown[] = [];
  readonly #schedule = new Schedule();

  constructor(size: number) {
    this.size = size;
  }

  get free(): number {
    return Math.max(0, this.size - this.running.length);
  }

  /** Adds the queues of a batcher. */
  attach({ queues }: Batcher): void {
    for (const queue of queues) this.#schedule.add(queue);
  }

  freeInMs(now: number): readonly number[] {
    const busy = this.running.slice(0, this.size).map(({ startedAt, options }) => {
      return Math.abs((options.expectedMs ?? 0) - (now - startedAt));
    });
    while (busy.length < this.size) busy.push(0);
    return busy.sort((one, other) => one - other);
  }

  othersMs(source: WorkSource, ms: () => number): number {
    return this.#schedule.othersMs(source, ms);
  }

  dispatch(): void {
    while (this.#schedule.next());
  }

  runNow(_method: string, makePayload: MakePayload, options: WorkOptions): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const input = makePayload().value;
    this.inputs.push(input);
    const end = (settle: () => void, isAnswered = false, ranMs?: number): void => {
      const at = this.running.indexOf(run);
      if (at >= 0) {
        this.running.splice(at, 1);
        options.onEnd?.(this.clock.now() - run.startedAt, isAnswered, ranMs);
      }
      settle();
    };
    const run: Run = {
      input,
      options,
      startedAt: this.clock.now(),
      start: () => options.onStart?.(1),
      suspect: () => end(() => options.suspicion?.onSuspect()),
      resolve: (output, ranMs) => end(() => resolve(output), true, ranMs),
      reject: (error) => end(() => reject(error)),
    };
    this.running.push(run);
    if (this.running.length <= this.size) run.start();
    return promise;
  }
}

export interface Bench {
  readonly batcher: Batcher;
  readonly workers: FakeWorkers;
  readonly clock: FakeClock;
  readonly records: BatchRecord[];
  /** Ends the oldest batch `ms` later, with `answer` of its input. */
  finish(ms?: number, answer?: (input: unknown) => unknown): Promise<void>;
  /** The rows of each batch so far. */
  sizes(): number[];
}

/** A batcher on fake workers and a fake clock. */
export function bench(
  batch: BatchOptions = {},
  workerCount = 1,
  change: Partial<BatcherContext> = {},
): Bench {
  const workers =
    change.workers instanceof FakeWorkers ? change.workers : new FakeWorkers(workerCount);
  const { clock } = workers;
  const records: BatchRecord[] = [];
  const context: BatcherContext = {
    runner: "fake",
    method: "double",
    settings: batchSettings(batch),
    idempotent: true,
    workers,
    clock,
    events: { batchDone: (_, record) => void records.push(record) },
    ...change,
  };
  const batcher = new Batcher(context);
  workers.attach(batcher);
  return {
    batcher,
    workers,
    clock,
    records,
    async finish(ms = 0, answer = double) {
      clock.advance(ms);
      const [run] = workers.running;
      run?.resolve(answer(run.input));
      await settled();
    },
    sizes: () => workers.inputs.map((input) => (input as Tensor).shape[0] ?? 0),
  };
}

/** Lets everything happen that waits for no timer. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** A tensor of these rows, one number each. */
export function rows(...values: number[]): Tensor<"float32"> {
  return tensor("float32", [values.length, 1], Float32Array.from(values));
}

export function double(input: unknown): unknown {
  const { shape, data } = input as Tensor<"float32">;
  return tensor(
    "float32",
    shape,
    data.map((value) => 2 * value),
  );
}

/** The numbers of a tensor. */
export function numbers(value: unknown): number[] {
  return [...(value as Tensor<"float32">).data];
}
