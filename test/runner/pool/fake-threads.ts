/** A host whose threads do what the test says. */

import type { Executor, WorkerEvents } from "../../../src/executor/executor.ts";
import { unbatchedSettings } from "../../../src/runner/batching/batch-options.ts";
import { Batcher } from "../../../src/runner/batching/batcher.ts";
import type { CallOptions } from "../../../src/runner/call-options.ts";
import { Pool } from "../../../src/runner/pool/pool.ts";
import type { PoolOptions } from "../../../src/runner/pool/pool-options.ts";
import { NO_GATE } from "../../../src/worker/native-gate.ts";
import { type MakePayload, pack } from "../../../src/worker/payload.ts";
import type { FromWorker, ToWorker } from "../../../src/worker/protocol.ts";
import { runnable } from "../../../src/worker/runnable.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settled } from "../fake-workers.ts";

type Run = Extract<ToWorker, { kind: "run" }>;

/** The input of a piece of work. */
export const sent =
  (value: unknown): MakePayload =>
  () =>
    pack(value);

/** A thread, as the test sees it. */
export class FakeThread {
  /** The calls that it has been sent and not answered, in their order. */
  readonly calls: Run[] = [];
  terminated = false;
  readonly #events: WorkerEvents;

  constructor(events: WorkerEvents, loads: boolean) {
    this.#events = events;
    if (!loads) return;
    const methods = { batch: "batched", plain: "plain", once: "plain" } as const;
    this.#say({ kind: "ready", methods, backends: [], warmUp: {}, metrics: undefined });
  }

  /** Takes what is moved to it, as a thread does. */
  post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    if (message.kind === "run") {
      const input: unknown = structuredClone(message.input, { transfer: [...transfer] });
      this.calls.push({ ...message, input });
    }
    if (message.kind === "close") this.#say({ kind: "closed" });
  }

  terminate(): void {
    this.terminated = true;
  }

  /** Answers the first of its calls with its input. */
  async answer(): Promise<void> {
    const call = this.calls.shift();
    if (call === undefined) throw new Error("The thread has nothing to answer");
    this.#events.message({
      kind: "result",
      id: call.id,
      output: call.input,
      rowErrors: [],
      metrics: undefined,
    });
    await settled();
  }

  async die(): Promise<void> {
    this.#events.exit("it died");
    await settled();
  }

  /** Never at once: a thread is another one. */
  #say(message: FromWorker): void {
    queueMicrotask(() => this.#events.message(message));
  }
}

export interface PoolBench {
  readonly pool: Pool;
  readonly clock: FakeClock;
  /** Runs a call of a method that is not batched. */
  run(method: string, input: unknown, options?: CallOptions): Promise<unknown>;
  /** Every thread so far; the last ones are those that live. */
  readonly threads: FakeThread[];
  /** The inputs that the threads have been sent and not answered. */
  inputs(): unknown[][];
}

/** A pool of one worker, which a function of the test starts. */
export function fakePool(
  start: Executor["start"],
  options: Partial<PoolOptions> = {},
  stopsBusyWorkers = true,
): { readonly pool: Pool; readonly clock: FakeClock } {
  const clock = new FakeClock();
  const executor: Executor = {
    name: "threads",
    importsModules: true,
    stopsBusyWorkers,
    autoWorkers: () => 1,
    start,
  };
  const pool = new Pool(clock, {
    name: "fake",
    executor,
    runnable: runnable("file:///fake.ts", () => ({})),
    workers: 1,
    notIdempotent: ["once"],
    callTimeoutMs: 1_000,
    loadTimeoutMs: 1_000,
    maxLostThreads: 1,
    load: { module: "", runner: "fake", threads: 1, backend: undefined, params: undefined },
    ...options,
  });
  return { pool, clock };
}

/**
 * A started pool on fake threads.
 *
 * @param loadsAgain false for a pool whose replacements of lost workers never load
 */
export async function poolBench(
  options: Partial<PoolOptions> = {},
  stopsBusyWorkers = true,
  loadsAgain = true,
): Promise<PoolBench> {
  const threads: FakeThread[] = [];
  const start: Executor["start"] = (_, events) => {
    const thread = new FakeThread(events, loadsAgain || threads.length < pool.size);
    threads.push(thread);
    return {
      gate: NO_GATE,
      post: (message, transfer) => thread.post(message, transfer),
      terminate: () => thread.terminate(),
    };
  };
  const { pool, clock } = fakePool(start, options, stopsBusyWorkers);
  await pool.start();
  const batchers = new Map<string, Batcher>();
  const batcherOf = (method: string): Batcher => {
    const known = batchers.get(method);
    if (known !== undefined) return known;
    const settings = unbatchedSettings(10);
    const context = { runner: "fake", method, settings, idempotent: method !== "once", clock };
    const made = new Batcher({ ...context, isBatched: false, workers: pool });
    batchers.set(method, made);
    for (const queue of made.queues) pool.attach(queue);
    return made;
  };
  return {
    pool,
    clock,
    run: (method, input, given) => batcherOf(method).call(input, given),
    threads,
    inputs: () => threads.map(({ calls }) => calls.map(({ input }) => input)),
  };
}
