/**
 * `ekiben simulate`: predicts how batching handles a load, by running the scheduler of the server
 * in virtual time.
 * @module
 */

import { Command, Option } from "commander";
import { DEFAULT_MAX_LATENCY_MS } from "../../limits.ts";
import { adaptive, type BatchOptions } from "../../runner/batching/batch-options.ts";
import type { Strategy } from "../../runner/batching/policy.ts";
import type { Lane } from "../../runner/call-options.ts";
import type { Cost } from "../../simulator/cost.ts";
import type { Distribution } from "../../simulator/distribution.ts";
import { type Simulation, simulate } from "../../simulator/simulate.ts";
import { count, milliseconds, positive, spread, wholeNumber } from "../flag-numbers.ts";
import {
  type Arrivals,
  MAX_ARRIVALS,
  MAX_ROWS,
  MAX_WORKERS,
  parseArrivals,
  parseCostFile,
  parseDistribution,
  parseModel,
  parseStrategy,
} from "./flags.ts";
import { callsOf, costsOf, tracedLoad, type WayFlags } from "./loads.ts";
import { readScenario } from "./scenario.ts";
import { table } from "./table.ts";

/** The longest time that a simulation may take. */
const LIMIT_MS = 60_000;

/** The flags of `ekiben simulate`. */
interface SimulateFlags extends WayFlags {
  readonly arrivals?: Arrivals;
  readonly trace?: string;
  readonly scenario?: string;
  readonly runner?: string;
  readonly model?: Cost;
  readonly cost?: Cost;
  readonly spread: number;
  readonly rows: Distribution;
  readonly weight: Distribution;
  readonly deadline?: number;
  readonly patience?: number;
  readonly lane?: Lane;
  readonly workers: number;
  readonly maxBatchSize: number;
  readonly maxBatchWeight?: number;
  readonly maxLatency: number;
  readonly maxQueueRows?: number;
  readonly strategy: Strategy;
  readonly duration?: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** The flags that describe calls or costs, which a trace has already. */
const CALLS = ["model", "cost", "spread", "rows", "weight", "deadline", "patience", "lane"];
const WAYS = ["http", "wire", "hop"];
/** All flags that a scenario has as keys. */
const LOAD = [
  ...[...CALLS, ...WAYS, "arrivals", "trace", "runner", "workers", "maxBatchSize"],
  ...["maxBatchWeight", "maxLatency", "maxQueueRows", "strategy", "duration"],
];

/** The `simulate` command. */
export const simulateCommand: Command = new Command("simulate")
  .description("Predict how batching handles a load: latency, batch sizes, refused calls")
  .addOption(
    new Option(
      "--arrivals <kind>",
      "poisson:RATE or uniform:RATE a second, closed:CALLERS, or trace:FILE of times",
    ).argParser(parseArrivals),
  )
  .addOption(
    new Option("--model <cost>", "milliseconds of a batch: a=MS per row, plus b=MS")
      .argParser(parseModel)
      .conflicts("cost"),
  )
  .addOption(
    new Option("--cost <file>", "measured milliseconds: JSON, [[rows, ms], ...]").argParser(
      parseCostFile,
    ),
  )
  .addOption(option("--spread <sigma>", "how much equal batches differ, 0.05 is 5 %", spread, 0))
  .addOption(
    new Option("--trace <file>", "calls and costs of serve --record-trace").conflicts([
      ...CALLS,
      "arrivals",
      ...WAYS,
    ]),
  )
  .addOption(new Option("--runner <name>", "the runner of a trace that has several"))
  .addOption(
    new Option("--scenario <file>", "JSON with several methods and callers").conflicts(LOAD),
  )
  .addOption(option("--rows <number>", "rows of a call, or a distribution", parseDistribution, 1))
  .addOption(
    option("--weight <number>", "weight of a row, or a distribution", parseDistribution, 1),
  )
  .addOption(option("--deadline <ms>", "the time limit that a call states", positive))
  .addOption(option("--patience <ms>", "how long a client waits before it leaves", positive))
  .addOption(new Option("--lane <name>", "of all calls").choices(["interactive", "bulk"]))
  .addOption(option("--http <ms>", "the main thread's time for a request", milliseconds, 0.1))
  .addOption(option("--wire <ms>", "from the client to the server, or back", milliseconds, 0.15))
  .addOption(option("--hop <ms>", "of a batch to a worker and back", milliseconds, 0.2))
  .addOption(option("--workers <number>", "workers that run batches", count(MAX_WORKERS), 1))
  .addOption(option("--max-batch-size <rows>", "the most rows in a batch", count(MAX_ROWS), 100))
  .addOption(option("--max-batch-weight <units>", "the most units in a batch", positive))
  .addOption(
    option(
      "--max-latency <ms>",
      "how long a call may take, in ms",
      positive,
      DEFAULT_MAX_LATENCY_MS,
    ),
  )
  .addOption(option("--max-queue-rows <rows>", "the most rows that may wait", count()))
  .addOption(
    option("--strategy <name>", "adaptive, fixedWindow:MS, targetLatency:MS, off", parseStrategy)
      // The text in the help, not the object.
      .default(adaptive(), "adaptive"),
  )
  .addOption(
    option(
      "--duration <seconds>",
      "seconds of arrivals (default: 30, or the whole trace)",
      positive,
    ),
  )
  .addOption(option("--seed <number>", "another seed, other random numbers", wholeNumber, 1))
  .option("--json", "print JSON")
  .action(async (flags: SimulateFlags) => {
    const { seed } = flags;
    const load = { ...simulationOf(flags), seed, limitMs: LIMIT_MS, maxCalls: MAX_ARRIVALS };
    const report = await simulate(load);
    console.log(flags.json ? JSON.stringify(report, null, 2) : table(report));
  });

function option<T>(flags: string, what: string, parse: (text: string) => T, otherwise?: T): Option {
  const made = new Option(flags, what).argParser(parse);
  return otherwise === undefined ? made : made.default(otherwise);
}

function simulationOf(flags: SimulateFlags): Simulation {
  const { scenario, trace, runner, duration, workers, seed } = flags;
  if (scenario !== undefined) return readScenario(scenario, seed);
  const { maxBatchSize, maxBatchWeight, maxQueueRows, strategy } = flags;
  const batch: BatchOptions = {
    ...{ maxBatchSize, strategy, maxLatencyMs: flags.maxLatency },
    ...(maxBatchWeight !== undefined && { maxBatchWeight }),
    ...(maxQueueRows !== undefined && { maxQueueRows }),
  };
  if (trace !== undefined) return { workers, ...tracedLoad(trace, { runner, duration, batch }) };
  const { arrivals, deadline, patience, lane, rows, weight } = flags;
  const cost = flags.model ?? flags.cost;
  if (arrivals === undefined || cost === undefined) {
    throw new Error(
      "There is nothing to simulate: give --arrivals with --model or --cost, or --trace, or " +
        "--scenario",
    );
  }
  return {
    ...{ workers, batch, costs: costsOf(flags) },
    methods: { simulated: { cost, spread: flags.spread } },
    groups: [
      {
        ...callsOf(arrivals, duration, seed),
        ...{ rows, weight },
        ...(deadline !== undefined && { deadlineMs: deadline }),
        ...(patience !== undefined && { patienceMs: patience }),
        ...(lane !== undefined && { lane }),
      },
    ],
  };
}
