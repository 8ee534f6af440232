/**
 * virtualHost(): a host on a virtual clock. Its worker threads answer a batch with its input, after
 * the time that the batch costs.
 * @module
 */

import type { Host, WorkerEvents, WorkerThread } from "../host/host.ts";
import type { FromWorker, ToWorker } from "../runner/worker/protocol.ts";
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

/** A host for a runner that is simulated. */
export function virtualHost(cost: Cost, clock: VirtualClock): Host {
  return {
    cores: 1,
    workerEntry: new URL("virtual:worker"),
    stopsBusyThreads: true,
    clock,
    read: () => Promise.reject(new Error("A virtual host has no files")),
    spawn: (_, events) => new VirtualThread(cost, clock, events),
  };
}

/** A thread that runs its batches one after the other. */
class VirtualThread implements WorkerThread {
  readonly #cost: Cost;
  readonly #clock: VirtualClock;
  readonly #events: WorkerEvents;
  #freeAt = 0;

  constructor(cost: Cost, clock: VirtualClock, events: WorkerEvents) {
    this.#cost = cost;
    this.#clock = clock;
    this.#events = events;
  }

  post(message: unknown): void {
    const sent = message as ToWorker;
    if (sent.kind === "load") this.#say(this.#clock.now(), READY);
    if (sent.kind === "run") this.#run(sent.id, sent.input as readonly unknown[]);
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

/** The message of a thread that has loaded. Its warm-up argument has one row, a number. */
const READY: FromWorker = {
  kind: "ready",
  methods: { [METHOD]: "batched" },
  backends: [],
  warmUp: { [METHOD]: [0] },
  metrics: undefined,
};
