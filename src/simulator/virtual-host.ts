/**
 * virtualHost(): a host on a virtual clock, whose worker threads do nothing for as long as a batch
 * costs, and answer with its input.
 * @module
 */

import type { Host, WorkerEvents, WorkerThread } from "../host.ts";
import type { FromWorker, ToWorker } from "../runner/worker/protocol.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a batch costs: `a` milliseconds a row and `b` whatever its rows. */
export interface Cost {
  readonly a: number;
  readonly b: number;
  /** Milliseconds of its way to the thread and back; the thread may run another. Default 0. */
  readonly hop?: number;
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

/** A thread that works off its batches one after the other. */
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
    const { a, b, hop = 0 } = this.#cost;
    const startsAt = Math.max(this.#freeAt, this.#clock.now() + hop / 2);
    this.#freeAt = startsAt + a * rows.length + b;
    const answer = { output: rows, rowErrors: [], metrics: undefined } as const;
    this.#say(this.#freeAt + hop / 2, { kind: "result", id, ...answer });
  }

  #say(at: number, message: FromWorker): void {
    this.#clock.at(at, () => this.#events.message(message));
  }
}

/** What a thread says that has loaded: a row to warm it up with is a number. */
const READY: FromWorker = {
  kind: "ready",
  methods: { [METHOD]: "batched" },
  backends: [],
  warmUp: { [METHOD]: [0] },
  metrics: undefined,
};
