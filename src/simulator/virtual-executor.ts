/**
 * virtualExecutor(): an executor on a virtual clock. Its workers answer a batch with its input,
 * after the time that the batch costs.
 * @module
 */

import type { Executor, Worker, WorkerEvents } from "../executor/executor.ts";
import type { Random } from "../random.ts";
import { NO_GATE } from "../worker/native-gate.ts";
import type { FromWorker, MethodKinds, ToWorker } from "../worker/protocol.ts";
import { type Cost, type Spread, spreadSampler } from "./cost.ts";
import type { MainThread } from "./main-thread.ts";
import type { Pauses } from "./pauses.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** A row of a call, as it is sent to a worker. */
export interface Row {
  readonly weight: number;
  /** The call that it belongs to; `undefined` in a warm-up. */
  readonly call: unknown;
}

/** A batch that takes as long as given, such as one in which memory is collected. */
export interface Outlier {
  /** It is the first that starts then or later, in milliseconds from the start of the load. */
  readonly atMs: number;
  readonly ms: number;
}

/** A method of the workers. */
export interface VirtualMethod {
  readonly kind: "batched" | "plain";
  readonly cost: Cost;
  readonly spread: Spread;
  readonly outliers: readonly Outlier[];
  /** The weight of the row that it is warmed up with; `undefined` for no warm-up. */
  readonly warmUpWeight: number | undefined;
}

/** The parts of an executor. */
export interface VirtualExecutorContext {
  readonly clock: VirtualClock;
  readonly main: MainThread;
  readonly pauses: Pauses;
  readonly random: Random;
  readonly methods: ReadonlyMap<string, VirtualMethod>;
  /** The milliseconds of a message to a worker or from it. */
  readonly hopMs: number;
  /** The milliseconds of the main thread for the result of a batch. */
  readonly batchMs: number;
  /** The milliseconds until a worker has loaded. */
  readonly loadMs: number;
  /** Called when a worker has run a batch. */
  ran(method: string, rows: readonly Row[], units: number, ms: number): void;
}

/** An executor for a runner that is simulated. */
export function virtualExecutor(context: VirtualExecutorContext): Executor {
  const draws = new Map(
    [...context.methods].map(([name, { spread, outliers }]) => {
      const left = [...outliers].sort((one, other) => one.atMs - other.atMs);
      return [name, { factor: spreadSampler(spread, context.random), outliers: left }] as const;
    }),
  );
  /** Returns the milliseconds of a batch that starts now. */
  const costOf = (name: string, rows: number, heaviest: number): number => {
    const method = context.methods.get(name);
    const draw = draws.get(name);
    if (method === undefined || draw === undefined) throw new Error(`No method "${name}"`);
    const [outlier] = draw.outliers;
    if (outlier === undefined || context.clock.now() < context.pauses.startedAt + outlier.atMs) {
      return method.cost(rows, heaviest) * draw.factor();
    }
    draw.outliers.shift();
    return outlier.ms;
  };
  return {
    name: "threads",
    importsModules: false,
    stopsBusyWorkers: true,
    autoWorkers: () => 1,
    start: (_, events) => new VirtualWorker(context, costOf, events),
  };
}

/** A worker that runs its batches one after the other. */
class VirtualWorker implements Worker {
  readonly gate = NO_GATE;
  readonly #context: VirtualExecutorContext;
  readonly #costOf: (method: string, rows: number, heaviest: number) => number;
  readonly #events: WorkerEvents;
  #freeAt = 0;
  #isTerminated = false;

  constructor(
    context: VirtualExecutorContext,
    costOf: (method: string, rows: number, heaviest: number) => number,
    events: WorkerEvents,
  ) {
    this.#context = context;
    this.#costOf = costOf;
    this.#events = events;
    this.#say(context.pauses.end(context.clock.now(), context.loadMs), 0, ready(context.methods));
  }

  post(message: ToWorker): void {
    const { clock, hopMs } = this.#context;
    const arrivesAt = clock.now() + hopMs;
    if (message.kind === "close") this.#say(arrivesAt, 0, { kind: "closed" });
    if (message.kind === "ping") this.#say(Math.max(arrivesAt, this.#freeAt), 0, { kind: "pong" });
    if (message.kind !== "run") return;
    const { id, method, input } = message;
    const startsAt = Math.max(arrivesAt, this.#freeAt);
    const rows = input as readonly Row[];
    const heaviest = rows.reduce((most, { weight }) => Math.max(most, weight), 0);
    const ms = this.#costOf(method, rows.length, heaviest);
    this.#freeAt = this.#context.pauses.end(startsAt, ms);
    const { batchMs, ran } = this.#context;
    const ranMs = this.#freeAt - startsAt;
    const answer = { output: input, rowErrors: [], metrics: undefined, ranMs } as const;
    this.#say(this.#freeAt, batchMs, { kind: "result", id, ...answer }, () =>
      ran(method, rows, rows.length * heaviest, ms),
    );
  }

  terminate(): void {
    this.#isTerminated = true;
  }

  /** Sends a message at a time, which takes the main thread some milliseconds. */
  #say(at: number, ms: number, message: FromWorker, sent: () => void = () => {}): void {
    const { clock, main, hopMs } = this.#context;
    clock.at(at, () => {
      if (this.#isTerminated) return;
      sent();
      clock.at(clock.now() + hopMs, () => main.run(ms, () => this.#events.message(message)));
    });
  }
}

/** Returns the message of a worker that has loaded. */
function ready(methods: ReadonlyMap<string, VirtualMethod>): FromWorker {
  const kinds: Record<string, MethodKinds[string]> = {};
  const warmUp: Record<string, readonly Row[]> = {};
  for (const [name, { kind, warmUpWeight }] of methods) {
    kinds[name] = kind;
    if (kind === "batched" && warmUpWeight !== undefined) {
      warmUp[name] = [{ weight: warmUpWeight, call: undefined }];
    }
  }
  return { kind: "ready", methods: kinds, backends: [], warmUp, metrics: undefined };
}
