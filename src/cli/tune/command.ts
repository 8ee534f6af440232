/**
 * `ekiben tune`: finds the settings of a service or a model that answer the most calls within a
 * latency, by trying them.
 * @module
 */

import { availableParallelism } from "node:os";
import process from "node:process";
import { Command, Option } from "commander";
import { interruptible, type RequestFlags, requestOf, withRequestFlags } from "../bench/flags.ts";
import { fixed } from "../figures.ts";
import { numberUpTo, wholeNumber } from "../flag-numbers.ts";
import { candidatesOf, nameOf, upToCores } from "./candidate.ts";
import { listOf } from "./list-flag.ts";
import { reportText } from "./report.ts";
import { bestPoint, search, type Trial } from "./search.ts";
import { serveCandidate, type TuneTarget } from "./served-candidate.ts";

/** The most seconds of a search: an hour. */
const MAX_SECONDS = 3_600;
const MAX_P99 = 60_000;
const BACKENDS = ["native", "wasm", "webgpu"];
/** The sizes of batches that are tried. */
const BATCH_SIZES = [1, 8, 32, 128];
const MAX_COUNT = 10_000;

/** The flags of `ekiben tune`. */
interface TuneFlags extends RequestFlags {
  readonly api?: string;
  readonly for: number;
  readonly p99: number;
  readonly backend?: readonly string[];
  readonly workers?: readonly number[];
  readonly threads?: readonly number[];
  readonly maxBatchSize: readonly number[];
  readonly config?: string;
  readonly json?: boolean;
}

const command = new Command("tune")
  .description("Find the backend, workers, threads and batch size that answer the most calls")
  .argument("[target]", "a service file, a model.onnx or a folder, as for serve")
  .option("--api <name>", "the API or the model to call (default: the only one, or predict)")
  .addOption(
    new Option("--for <seconds>", "the time that the search may take")
      .argParser(numberUpTo(MAX_SECONDS))
      .default(60),
  )
  .addOption(
    new Option("--p99 <ms>", "the latency that 99 of 100 calls must not exceed")
      .argParser(numberUpTo(MAX_P99))
      .default(100),
  )
  .addOption(
    new Option("--backend <names>", "to try, such as native,wasm (default: both)").argParser(
      listOf((text) => text, BACKENDS),
    ),
  )
  .addOption(
    new Option("--workers <numbers>", "to try, such as 1,2 (default: 1 to all cores)").argParser(
      listOf(count),
    ),
  )
  .addOption(
    new Option("--threads <numbers>", "to try in each worker (default: 1 to all cores)").argParser(
      listOf(count),
    ),
  )
  .addOption(
    new Option("--max-batch-size <rows>", "the sizes of batches to try")
      .argParser(listOf(count))
      .default(BATCH_SIZES, BATCH_SIZES.join(",")),
  )
  .option("--config <file>", "the configuration of the server, as for serve")
  .option("--json", "print JSON");

/** The `tune` command. */
export const tuneCommand: Command = withRequestFlags(command).action(
  async (target: string | undefined, flags: TuneFlags) => {
    using interrupt = interruptible();
    const { signal } = interrupt;
    const cores = availableParallelism();
    const numbers = upToCores(cores);
    const { backend = ["native", "wasm"], workers = numbers, threads = numbers } = flags;
    const { api, config, p99, maxBatchSize, json } = flags;
    const what: TuneTarget = {
      target,
      flags: config === undefined ? [] : ["--config", config],
      wanted: { ...requestOf(flags), api },
      signal,
    };
    const found = await search({
      candidates: candidatesOf({ backends: backend, workers, threads }, cores),
      batchSizes: maxBatchSize,
      totalMs: flags.for * 1000,
      maxP99: p99,
      now: () => performance.now(),
      signal,
      serve: (candidate) => serveCandidate(candidate, what),
      onTrial: (trial) => console.error(lineOf(trial, p99)),
    });
    const { columns = 80 } = process.stdout;
    const result = { ...found, p99 };
    console.log(json ? JSON.stringify(result, null, 2) : `\n${reportText(found, p99, columns)}`);
    if (found.best === undefined) process.exitCode = 1;
  },
);

function count(text: string): number {
  const value = wholeNumber(text);
  if (value >= 1 && value <= MAX_COUNT) return value;
  return Number.NaN;
}

function lineOf(trial: Trial, maxP99: number): string {
  const { candidate, error } = trial;
  const best = bestPoint(trial, maxP99);
  const result = error ?? (best === undefined ? "too slow" : `${fixed(best.throughput)} calls/s`);
  return `${nameOf(candidate)}: ${result}`;
}
