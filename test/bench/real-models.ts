/**
 * Default batching of real models against the best fixed size, and against one by one.
 *
 *     bun test/bench/real-models.ts MODEL:SHAPE ... [--backend native,wasm] [--rounds 7]
 *
 * A model is an ONNX file with one input, and SHAPE the shape of a row (`cls.onnx:3,48,192`), or
 * `tokens` for a sentence encoder with `input_ids` and `attention_mask`, called with texts of 4 to
 * 210 tokens, half of them below 15. Default: the digits of the example. Also on Deno and Node.
 *
 * Prints the milliseconds of a batch by its rows; then the throughput of 32 callers with default
 * settings, with each fixed `maxBatchSize`, and with batching off, which take turns in each round.
 * Ratios are medians of ratios within a round.
 *
 *     --callers 32  --seconds 0.5 (of each throughput)  --texts 128 (likewise, of an encoder)
 *
 * Models that packages ship: README.md beside this file.
 */
import { loadavg } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/random.ts";
import { type BatchOptions, off } from "../../src/runner/batching/batch-options.ts";
import { runner } from "../../src/runner/runner.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import { rateOf } from "./models/callers.ts";
import type { Ids } from "./models/encoder.ts";
import byCount from "./models/encoder-by-count.ts";
import byWeight from "./models/encoder-by-weight.ts";
import rowsRunnable, { type ModelParams } from "./models/rows-runnable.ts";
import { quantile } from "./open-loop.ts";

const digits = fileURLToPath(new URL("../../examples/mnist/mnist-cnn.onnx", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: "string", default: "native,wasm" },
    rounds: { type: "string", default: "7" },
    callers: { type: "string", default: "32" },
    seconds: { type: "string", default: "0.5" },
    texts: { type: "string", default: "128" },
  },
});
const [callers, seconds] = [Number(values.callers), Number(values.seconds)];
const SIZES = [1, 2, 4, 8, 16, 32];

/** A setting of batching that throughput is measured with. */
interface Variant {
  readonly name: string;
  /** Resolves to the calls per second. */
  readonly rate: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Returns a tensor of random rows. */
function randomRows(rows: number, shape: readonly number[]): Tensor<"float32"> {
  const random = seededRandom(rows);
  const data = Float32Array.from({ length: rows * shape.reduce((a, b) => a * b) }, random);
  return tensor("float32", [rows, ...shape], data);
}

/** Returns a text of random tokens: half have fewer than 15, a tenth more than 75. */
function texts(count: number): Ids[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const length = Math.round(Math.min(210, Math.max(4, 15 * Math.exp(1.256 * normal))));
    return Array.from({ length }, () => 1000 + Math.floor(20_000 * random()));
  });
}

/** Returns the median milliseconds of a call, for at most half a second. */
async function durationOf(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await call();
  const end = performance.now() + 500;
  while (times.length < 3 || performance.now() < end) {
    const calledAt = performance.now();
    await call();
    times.push(performance.now() - calledAt);
  }
  return quantile(0.5, times);
}

async function ofRows(params: ModelParams, shape: readonly number[]): Promise<Variant[]> {
  const open = async (name: string, batch: BatchOptions): Promise<Variant> => {
    const model = runner(rowsRunnable, { name: "rows", workers: 1, params, batch, optional: true });
    await model.start();
    const row = randomRows(1, shape);
    const rate = () => rateOf(callers, { seconds }, () => model.infer(row));
    await rateOf(callers, { seconds: 1.5 }, () => model.infer(row)); // learns the model's cost
    return { name, rate, close: () => model.close() };
  };
  const alone = runner(rowsRunnable, { name: "rows", workers: 1, params, optional: true });
  await alone.start();
  const cells: string[] = [];
  for (const size of [...SIZES, 64]) {
    const rows = randomRows(size, shape);
    const ms = await durationOf(() => alone.infer(rows));
    cells.push(`${size}: ${ms.toFixed(2)} (${(ms / size).toFixed(3)} a row)`);
  }
  await alone.close();
  console.log(`  ms of a batch by rows: ${cells.join(", ")}`);
  const fixed = SIZES.slice(1).map(
    (maxBatchSize) => [`${maxBatchSize}`, { maxBatchSize }] as const,
  );
  const variants = [["default", {}], ["off", { strategy: off() }], ...fixed] as const;
  return await inTurn(variants, ([name, batch]) => open(name, batch));
}

async function ofTexts(params: ModelParams): Promise<Variant[]> {
  const all = texts(Number(values.texts));
  const open = async (
    name: string,
    encoder: typeof byCount,
    batch: BatchOptions,
  ): Promise<Variant> => {
    const model = runner(encoder, { name: "encoder", workers: 1, params, batch, optional: true });
    await model.start();
    const embed = (at: number) => model.embed([all[at % all.length] ?? []]);
    const rate = () => rateOf(callers, { calls: all.length }, embed);
    await rateOf(callers, { calls: all.length }, embed);
    return { name, rate, close: () => model.close() };
  };
  return await inTurn(
    [
      ["default", byWeight, {}],
      ["off", byCount, { strategy: off() }],
      ["count-based 32", byCount, { maxBatchSize: 32 }],
    ] as const,
    ([name, encoder, batch]) => open(name, encoder, batch),
  );
}

async function inTurn<T, V>(items: readonly T[], open: (item: T) => Promise<V>): Promise<V[]> {
  const opened: V[] = [];
  for (const item of items) opened.push(await open(item));
  return opened;
}

async function compare(variants: readonly Variant[]): Promise<void> {
  const rates = new Map(variants.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, rate } of round % 2 === 0 ? variants : variants.toReversed()) {
      rates.get(name)?.push(await rate());
    }
  }
  for (const { close } of variants) await close();
  const medianOf = (name: string): number => quantile(0.5, rates.get(name) ?? []);
  const ratio = (of: (round: number) => number): number =>
    quantile(
      0.5,
      Array.from({ length: Number(values.rounds) }, (_, round) => of(round)),
    );
  const at = (name: string, round: number): number => rates.get(name)?.[round] ?? Number.NaN;
  const others = variants.map(({ name }) => name).filter((name) => name !== "default");
  const shown = variants.map(({ name }) => `${name} ${medianOf(name).toFixed(1)}`);
  console.log(`  calls/s of ${callers} callers: ${shown.join(", ")}`);
  for (const name of others) {
    const value = ratio((round) => at("default", round) / at(name, round));
    console.log(`    default / ${name.padEnd(14)} ${value.toFixed(2)}`);
  }
  // The best of the medians: the best of a single round would be the luckiest.
  const best = others.reduce((a, b) => (medianOf(a) >= medianOf(b) ? a : b));
  const toBest = ratio((round) => at("default", round) / at(best, round));
  console.log(`    default / best (${best}) ${toBest.toFixed(2)}`);
}

for (const text of positionals.length > 0 ? positionals : [`${digits}:1,28,28`]) {
  const split = text.lastIndexOf(":");
  const [path, shape] = [text.slice(0, split), text.slice(split + 1)];
  for (const backend of values.backend.split(",") as ModelParams["backend"][]) {
    console.log(`${path.split("/").at(-1)} ${shape} on ${backend}`);
    const params = { path, backend };
    const isText = shape === "tokens";
    await compare(
      isText ? await ofTexts(params) : await ofRows(params, shape.split(",").map(Number)),
    );
  }
}
console.log(`load of the machine ${loadavg()[0]?.toFixed(1)}`);
process.exit(0);
