/**
 * `ekiben bench`: calls an API of a running server, and reports its rate and its latencies.
 * @module
 */

import process from "node:process";
import { Command, Option } from "commander";
import { count, numberUpTo, wholeNumber, zeroUpTo } from "../flag-numbers.ts";
import { bench, type LoadKind } from "./bench.ts";
import { findRequest } from "./find-request.ts";
import { interruptible, type RequestFlags, requestOf, withRequestFlags } from "./flags.ts";
import { textOf } from "./text.ts";

/** The most callers, and the most calls under way in an open loop. */
const MAX_CALLERS = 10_000;
/** The longest benchmark, in seconds: a day. */
const MAX_SECONDS = 86_400;
/** The highest rate, in calls a second. */
const MAX_RATE = 100_000;

/** The flags of `ekiben bench`. */
interface BenchFlags extends RequestFlags {
  readonly concurrency: number;
  readonly rate?: number;
  readonly arrivals: "poisson" | "uniform";
  readonly duration: number;
  readonly requests?: number;
  readonly warmup: number;
  readonly timeout: number;
  readonly maxUnderWay: number;
  readonly seed: number;
  readonly json?: boolean;
}

const command = new Command("bench")
  .description("Call an API of a running server, and report its rate and its latencies")
  .argument("<url>", "the server, such as http://localhost:3000")
  .argument("[api]", "the name of an API or of a model (default: the only one, or predict)")
  .addOption(
    new Option("-c, --concurrency <callers>", "callers, each with one call at a time (closed loop)")
      .argParser(count(MAX_CALLERS))
      .default(8),
  )
  .addOption(
    new Option("-r, --rate <calls>", "calls a second, sent when they are due (open loop)")
      .argParser(numberUpTo(MAX_RATE))
      .conflicts("concurrency"),
  )
  .addOption(
    new Option("--arrivals <kind>", "of an open loop: at random, or at equal intervals")
      .choices(["poisson", "uniform"])
      .default("poisson"),
  )
  .addOption(
    new Option("-d, --duration <seconds>", "how long calls are sent")
      .argParser(numberUpTo(MAX_SECONDS))
      .default(10),
  )
  .addOption(new Option("-n, --requests <number>", "the most calls").argParser(count()))
  .addOption(
    new Option("--warmup <seconds>", "the same load before the measurement, 0 for none")
      .argParser(zeroUpTo(MAX_SECONDS))
      .default(1),
  )
  .addOption(
    new Option("--timeout <seconds>", "how long a call waits for its answer")
      .argParser(numberUpTo(MAX_SECONDS))
      .default(30),
  )
  .addOption(
    new Option("--max-under-way <calls>", "of an open loop: the most calls without an answer")
      .argParser(count(MAX_CALLERS))
      .default(1000),
  )
  .addOption(
    new Option("--seed <number>", "another seed, other random arrivals")
      .argParser(wholeNumber)
      .default(1),
  )
  .option("--json", "print JSON");

/** The `bench` command. */
export const benchCommand: Command = withRequestFlags(command).action(
  async (url: string, api: string | undefined, flags: BenchFlags) => {
    using interrupt = interruptible();
    const { duration, requests = Number.POSITIVE_INFINITY, warmup, timeout, seed } = flags;
    const found = await findRequest({ ...requestOf(flags), url, api });
    const report = await bench(found, {
      load: loadOf(flags),
      durationMs: duration * 1000,
      maxCalls: requests,
      warmupMs: warmup * 1000,
      timeoutMs: timeout * 1000,
      maxUnderWay: flags.maxUnderWay,
      seed,
      signal: interrupt.signal,
      showsProgress: true,
    });
    const { columns = 80 } = process.stdout;
    const isSample = flags.data === undefined;
    console.log(flags.json ? JSON.stringify(report, null, 2) : textOf(report, columns, isSample));
    if (report.answered === 0) process.exitCode = 1;
  },
);

function loadOf({ rate, arrivals, concurrency }: BenchFlags): LoadKind {
  if (rate === undefined) return { kind: "closed", callers: concurrency };
  return { kind: "open", perSecond: rate, arrivals };
}
