/**
 * simulate(): runs a load through a runner on a virtual clock: its queues, policy and pool as they
 * are, with virtual clients, workers and network.
 *
 * A simulation has methods with costs (`cost.ts`), groups of callers (`clients.ts`), the times of
 * HTTP and threads, and pauses of the process. Its report says what the clients have seen: calls
 * answered in time and late, refused and how soon, and the rows computed for nobody. Equal
 * simulations have equal reports.
 *
 * @example
 * const report = await simulate({
 *   methods: { embed: { cost: linear({ a: 1, b: 5 }), spread: 0.1, batch: { maxBatchSize: 32 } } },
 *   groups: [
 *     { name: "web", arrivals: poisson(800, 10_000, seededRandom(1)), deadlineMs: 50 },
 *     { name: "job", parallel: 100, lane: "bulk" },
 *   ],
 * });
 * console.log(report.groups[0].inTimeShare, report.methods.embed.rowsComputed);
 * @module
 */

import { checkCount } from "../check.ts";
import { seededRandom } from "../random.ts";
import { type BatchOptions, batchSettings } from "../runner/batching/batch-options.ts";
import { RunnerCore } from "../runner/runner-core.ts";
import { type Runnable, runnable } from "../worker/runnable.ts";
import { type CallerGroup, Clients, type HttpCosts } from "./clients.ts";
import type { Cost, Spread } from "./cost.ts";
import { MainThread } from "./main-thread.ts";
import { type Pause, Pauses } from "./pauses.ts";
import { BatchTally, CallTally, type EndedCall, type SimulationReport } from "./report.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { type Outlier, type Row, type VirtualMethod, virtualExecutor } from "./virtual-executor.ts";

/** A method of the simulated runnable. */
export interface SimulatedMethod {
  /** Default `batched`. */
  readonly kind?: "batched" | "plain";
  /** The milliseconds of a batch, or of a call if it is not batched. */
  readonly cost: Cost;
  /** How much batches of one size differ. Default 0. */
  readonly spread?: Spread;
  readonly outliers?: readonly Outlier[];
  /** Settings of its own. */
  readonly batch?: BatchOptions;
  /** False to hide the weights of rows from the runner, which then counts rows. */
  readonly isWeighted?: boolean;
  /** The weight of the row of its warm-up; `undefined` for no warm-up. Default 1. */
  readonly warmUpWeight?: number | undefined;
}

/** The times of everything but batches, in milliseconds. */
export interface Costs extends HttpCosts {
  /** The main thread's time for the result of a batch, and to send the next. */
  readonly batchMs: number;
  /** The way of a message to a worker, or from it. */
  readonly hopMs: number;
  /** The time until a worker has loaded. */
  readonly loadMs: number;
}

/** The times of a server over HTTP on one machine. */
export const DEFAULT_COSTS: Costs = {
  requestMs: 0.06,
  answerMs: 0.04,
  batchMs: 0.15,
  hopMs: 0.1,
  wireMs: { lognormal: [0.15, 0.5], most: 5 },
  loadMs: 50,
};

/** No times but those of batches. */
export const NO_COSTS: Costs = {
  ...{ requestMs: 0, answerMs: 0, batchMs: 0, hopMs: 0, wireMs: 0, loadMs: 0 },
};

/** The load and the runner to simulate. */
export interface Simulation {
  readonly methods: Readonly<Record<string, SimulatedMethod>>;
  readonly groups: readonly CallerGroup[];
  /** Default 1. */
  readonly workers?: number;
  /** The batching of all methods, as far as they do not have their own settings. */
  readonly batch?: BatchOptions;
  /** Default: `DEFAULT_COSTS`, for those that are not given. */
  readonly costs?: Partial<Costs>;
  /** The times at which the process of the server stands still. */
  readonly pauses?: readonly Pause[];
  /** Default 1. */
  readonly seed?: number;
  /** The most calls. Default 2,000,000. */
  readonly maxCalls?: number;
  /** The longest real time that it may take, in milliseconds. Default 60,000. */
  readonly limitMs?: number;
  /** Called at the end of each call. */
  readonly onEnd?: (call: EndedCall) => void;
}

/** The name of the simulated runner. */
const RUNNER = "simulated";

/** The number of events after which the real time is compared with its limit. */
const EVENTS_BETWEEN_CHECKS = 1_000;

/**
 * Simulates a load on a runner that has been warmed up.
 *
 * @throws RangeError or TypeError for a setting that cannot be, Error if it takes too long
 */
export async function simulate(simulation: Simulation): Promise<SimulationReport> {
  const { groups, workers = 1, batch, pauses: given = [], seed = 1 } = simulation;
  const { maxCalls = 2_000_000, limitMs = 60_000 } = simulation;
  const costs = { ...DEFAULT_COSTS, ...simulation.costs };
  checkCount("workers", workers);
  const clock = new VirtualClock();
  const pauses = new Pauses(given);
  const main = new MainThread(clock, pauses);
  const methods = methodsOf(simulation);
  const batches = new Map([...methods.keys()].map((name) => [name, new BatchTally()]));
  let isLoaded = false;
  const executor = virtualExecutor({
    ...{ clock, main, pauses, methods },
    ...{ hopMs: costs.hopMs, batchMs: costs.batchMs, loadMs: costs.loadMs },
    random: seededRandom(seed ^ 0x5eed),
    ran: (method, rows, units, ms) => {
      if (!isLoaded) return;
      const realUnits = rows.reduce((sum, { weight }) => sum + weight, 0);
      batches.get(method)?.add(rows.length, units, realUnits, ms);
    },
  });
  const core = new RunnerCore(runnableOf(simulation), {
    ...{ name: RUNNER, workers, isolation: "threads", callTimeoutMs: Number.MAX_SAFE_INTEGER },
    ...(batch !== undefined && { batch }),
    methods: Object.fromEntries(
      Object.entries(simulation.methods).flatMap(([name, { batch: own, kind }]) =>
        own === undefined || kind === "plain" ? [] : [[name, { batch: own }]],
      ),
    ),
  });
  const run = runner(clock, main, performance.now() + limitMs, limitMs);
  const host = { executors: { threads: executor }, isolation: "threads", cores: 4 } as const;
  const started = core.start({ ...host, clock: main });
  // Its error is that of the simulation, after the clock has run.
  started.catch(() => {});
  await run();
  await started;
  isLoaded = true;
  const startedAt = clock.now();
  pauses.startedAt = startedAt;
  let endedAt = startedAt;
  const total = new CallTally("total");
  const tallies: CallTally[] = [];
  const clients = groups.map((group, at) => {
    const [first = ""] = methods.keys();
    const method = group.method ?? first;
    const own = simulation.methods[method];
    if (own === undefined) throw new RangeError(`There is no method "${method}" to call`);
    const tally = new CallTally(group.name ?? method);
    tallies.push(tally);
    return new Clients(group, {
      ...{ clock, main, http: costs, method, maxCalls },
      seed: seed + 7_919 * (at + 1),
      maxLatencyMs: batchSettings(own.batch, batch).maxLatencyMs,
      call: (name, input, options) => core.call(name, input, options),
      ended: (call) => {
        tally.add(call);
        total.add(call);
        endedAt = Math.max(endedAt, startedAt + call.sentAt + call.ms);
        const counted = batches.get(call.method);
        if (call.outcome === "answered" && counted !== undefined) counted.rowsAnswered += call.rows;
        simulation.onEnd?.(call);
      },
    });
  });
  const reasonsBefore = reasonsOf(core);
  for (const each of clients) each.start();
  await run();
  const sent = clients.reduce((sum, each) => sum + each.sent, 0);
  if (total.ended < sent) throw new Error(`Of ${sent} calls, ${sent - total.ended} never ended`);
  const seconds = (endedAt - startedAt) / 1000;
  const reasons = reasonsOf(core);
  return {
    seconds,
    total: total.report(seconds),
    groups: tallies.map((tally) => tally.report(seconds)),
    methods: Object.fromEntries(
      [...batches].map(([name, tally]) => [
        name,
        tally.report(difference(reasons[name], reasonsBefore[name])),
      ]),
    ),
  };
}

function methodsOf({ methods }: Simulation): Map<string, VirtualMethod> {
  return new Map(
    Object.entries(methods).map(([name, method]) => {
      const { kind = "batched", cost, spread = 0, outliers = [] } = method;
      const warmUpWeight = "warmUpWeight" in method ? method.warmUpWeight : 1;
      return [name, { kind, cost, spread, outliers, warmUpWeight }];
    }),
  );
}

/** Its methods have weights where those of their calls differ. */
function runnableOf({ methods, groups }: Simulation): Runnable {
  const [first] = Object.keys(methods);
  const weighted = new Set(
    groups.filter(({ weight = 1 }) => weight !== 1).map(({ method = first }) => method),
  );
  const weight: Record<string, (row: Row) => number> = {};
  for (const [name, { kind, isWeighted = weighted.has(name) }] of Object.entries(methods)) {
    if (kind !== "plain" && isWeighted) weight[name] = (row) => row.weight;
  }
  return runnable("virtual:worker", () => ({}), { weight }) as Runnable;
}

/** Returns a function that runs every event, each with all that follows from it. */
function runner(
  clock: VirtualClock,
  main: MainThread,
  endsAt: number,
  limitMs: number,
): () => Promise<void> {
  return async () => {
    for (let events = 1; ; events++) {
      if (main.hasRun) {
        main.hasRun = false;
        await turn();
      }
      if (!main.begin() && !clock.step()) return;
      if (events % EVENTS_BETWEEN_CHECKS === 0 && performance.now() > endsAt) {
        throw new Error(`The simulation did not end within ${limitMs / 1000} seconds`);
      }
    }
  };
}

/** Waits until all promises have settled and only timers are left. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

type Reasons = Readonly<Record<string, number>>;

/** Returns the number of batches of each method by the reason for closing them. */
function reasonsOf(core: RunnerCore): Readonly<Record<string, Reasons>> {
  const { batchers } = core.stats();
  return Object.fromEntries(Object.entries(batchers).map(([name, { batches }]) => [name, batches]));
}

function difference(after: Reasons = {}, before: Reasons = {}): Reasons {
  const differences = Object.entries(after).map(
    ([reason, times]) => [reason, times - (before[reason] ?? 0)] as const,
  );
  return Object.fromEntries(differences.filter(([, times]) => times > 0));
}
