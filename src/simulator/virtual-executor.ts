/**
 * virtualExecutor(): an executor on a virtual clock. Its workers answer a batch with its input,
 * after the time that the batch costs.
 * @module
 */

import type { Executor, Worker, WorkerEvents } from "../executor/executor.ts";
import { NO_GATE } from "../worker/native-gate.ts";
import type { FromWorker, ToWorker } from "../worker/protocol.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** The cost of a batch: `a` milliseconds for each row, and `b` for the batch. */
export interface Cost {
  readonly a: number;
  readonly b: number;
  /** The milliseconds of its way to the thread and back, beside other batches. Default 0. */
  readonly hopMs?: number;
}

/** The one method of its workers; it takes an array, an item a row. */
export const METHOD = "simulated";

/** An executor for a runner that is simulated. */
export function virtualExecutor(cost: Cost, clock: VirtualClock): Executor {
  return {
    name: "inline",
    importsModules: false,
    stopsBusyWorkers: true,
    autoWorkers: () => 1,
    start: (_, events) => new VirtualWorker(cost, clock, events),
  };
}

/** A worker that runs its batches one after the other. */
class VirtualWorker implements Worker {
  readonly #cost: Cost;
  readonly #clock: VirtualClock;
  readonly #events: WorkerEvents;
  readonly gate = NO_GATE;
  #freeAt = 0;

  constructor(cost: Cost, clock: VirtualClock, events: WorkerEvents) {
    this.#cost = cost;
    this.#clock = clock;
    this.#events = events;
    this.#say(clock.now(), READY);
  }

  post(message: ToWorker): void {
    if (message.kind === "run") this.#run(message.id, message.input as readonly unknown[]);
  }

  terminate(): void {}

  #run(id: number, rows: readonly unknown[]): void {
    const { a, b, hopMs = 0 } = this.#cost;
    const startsAt = Math.max(this.#freeAt, this.#clock.now() + hopMs / 2);
    this.#freeAt = startsAt + a * rows.length + b;
    const answer = { output: rows, rowErrors: [], metrics: undefined } as const;
    this.#say(this.#freeAt + hopMs / 2, { kind: "result", id, ...answer });
  }

  #say(at: number, message: FromWorker): void {
    this.#clock.at(at, () => this.#events.message(message));
  }
}

/** The message of a worker that has loaded. Its warm-up argument has one row, a number. */
const READY: FromWorker = {
  kind: "ready",
  methods: { [METHOD]: "batched" },
  backends: [],
  warmUp: { [METHOD]: [0] },
  metrics: undefined,
};
