/**
 * `ekiben simulate`: predicts how batching handles a load, by running the scheduler of the server
 * in virtual time.
 * @module
 */

import { Command, Option } from "commander";
import { DEFAULT_MAX_LATENCY_MS } from "../limits.ts";
import { seededRandom } from "../random.ts";
import { adaptive } from "../runner/batching/batch-options.ts";
import type { Strategy } from "../runner/batching/policy.ts";
import { poisson, trace, uniform } from "../simulator/arrivals.ts";
import { linear } from "../simulator/cost.ts";
import { NO_COSTS, simulate } from "../simulator/simulate.ts";
import {
  type Arrivals,
  count,
  type Line,
  MAX_ARRIVALS,
  MAX_ROWS,
  MAX_WORKERS,
  milliseconds,
  parseArrivals,
  parseCost,
  parseStrategy,
  positive,
  wholeNumber,
} from "./simulate-flags.ts";
import { table } from "./simulate-table.ts";

/** The longest time that a simulation may take. */
const LIMIT_MS = 60_000;

/** The flags of `ekiben simulate`. */
interface SimulateFlags {
  readonly arrivals: Arrivals;
  readonly model: Line;
  readonly hop: number;
  readonly workers: number;
  readonly maxBatchSize: number;
  readonly maxLatency: number;
  readonly maxQueueRows?: number;
  readonly strategy: Strategy;
  readonly rows: number;
  readonly duration?: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** The `simulate` command. */
export const simulateCommand: Command = new Command("simulate")
  .description("Predict how batching handles a load: latency, batch sizes, refused calls")
  .addOption(
    new Option("--arrivals <kind>", "poisson:RATE or uniform:RATE a second, or trace:FILE")
      .makeOptionMandatory()
      .argParser(parseArrivals),
  )
  .addOption(
    new Option("--model <cost>", "milliseconds of a batch: a=MS per row, plus b=MS")
      .makeOptionMandatory()
      .argParser(parseCost),
  )
  .addOption(option("--hop <ms>", "milliseconds of a batch between threads", milliseconds, 0.2))
  .addOption(option("--workers <number>", "workers that run batches", count(MAX_WORKERS), 1))
  .addOption(option("--max-batch-size <rows>", "the most rows in a batch", count(MAX_ROWS), 100))
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
  .addOption(option("--rows <number>", "rows of each call", count(MAX_ROWS), 1))
  .addOption(
    option(
      "--duration <seconds>",
      "seconds of arrivals (default: 30, or the whole trace)",
      positive,
    ),
  )
  .addOption(option("--seed <number>", "another seed, other random arrivals", wholeNumber, 1))
  .option("--json", "print JSON")
  .action(async (flags: SimulateFlags) => {
    const { model, hop, workers, rows, strategy, maxBatchSize, maxQueueRows } = flags;
    const report = await simulate({
      methods: { simulated: { cost: linear(model) } },
      groups: [{ arrivals: momentsOf(flags), rows }],
      costs: { ...NO_COSTS, hopMs: hop / 2 },
      workers,
      batch: {
        maxBatchSize,
        maxLatencyMs: flags.maxLatency,
        strategy,
        ...(maxQueueRows !== undefined && { maxQueueRows }),
      },
      limitMs: LIMIT_MS,
    });
    console.log(flags.json ? JSON.stringify(report, null, 2) : table(report));
  });

function option<T>(flags: string, what: string, parse: (text: string) => T, otherwise?: T): Option {
  const made = new Option(flags, what).argParser(parse);
  return otherwise === undefined ? made : made.default(otherwise);
}

function momentsOf({ arrivals, duration, seed }: SimulateFlags): Iterable<number> {
  if (arrivals.kind === "trace") {
    return trace(arrivals.moments, duration === undefined ? Infinity : duration * 1000);
  }
  const { kind, perSecond } = arrivals;
  const seconds = duration ?? 30;
  if (perSecond * seconds > MAX_ARRIVALS) {
    throw new RangeError(
      `Cannot simulate ${perSecond} calls a second for ${seconds} seconds: at most ` +
        `${MAX_ARRIVALS} calls are simulated, so lower --arrivals or --duration`,
    );
  }
  if (kind === "uniform") return uniform(perSecond, seconds * 1000);
  return poisson(perSecond, seconds * 1000, seededRandom(seed));
}
