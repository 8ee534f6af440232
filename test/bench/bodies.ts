/**
 * The time to read and write 16 MB of numbers, and the longest step, during which the event loop is
 * blocked, in processor time, since other processes interrupt the steps. Beside it, the time of
 * `JSON.parse` and `JSON.stringify`, which block the event loop throughout.
 * `bun test/bench/bodies.ts`; also on Deno (`deno run -A`) and Node.
 */
import process from "node:process";
import { ByteWriter } from "../../src/io/byte-writer.ts";
import { JsonReader } from "../../src/io/json/reader.ts";
import { TensorReader } from "../../src/io/tensor/reader.ts";
import { TensorWriter } from "../../src/io/tensor/writer.ts";
import { Random } from "../support/random.ts";

const BODY_BYTES = 16 * 1024 * 1024;
const STEP_BYTES = 64 * 1024;

const random = new Random(1);
const row = (): string => `[${Array.from({ length: 30 }, () => random.below(1000)).join(",")}]`;
const PIECES: Readonly<Record<string, () => string>> = {
  NaN: () => "NaN",
  floats: () => String(random.next()),
  rows: row,
  integers: () => String(random.below(100_000)),
  digits: () => String(random.below(10)),
  "64-bit integers": () => random.digits(18),
};

function bodyOf(piece: () => string): string {
  const pieces: string[] = [];
  for (let length = 0; length < BODY_BYTES; length += (pieces.at(-1)?.length ?? 0) + 1) {
    pieces.push(piece());
  }
  return `[${pieces.join(",")}]`;
}

const cpuMs = (): number => process.cpuUsage().user / 1000;

/** The time of all steps, and of the longest. */
function timed(step: () => boolean): string {
  const begin = cpuMs();
  let longest = 0;
  for (let isDone = false; !isDone; ) {
    const [cpu, wall] = [cpuMs(), performance.now()];
    isDone = step();
    // Processor time includes other threads, so a step takes at most the smaller of both times.
    longest = Math.max(longest, Math.min(cpuMs() - cpu, performance.now() - wall));
  }
  return `${(cpuMs() - begin).toFixed(0).padStart(4)} ms, longest ${longest.toFixed(0)} ms`;
}

function once(work: () => unknown): string {
  return timed(() => {
    work();
    return true;
  });
}

for (const [name, piece] of Object.entries(PIECES)) {
  const text = bodyOf(piece);
  const bytes = new TextEncoder().encode(text);
  const reader = new TensorReader(bytes, 0);
  const read = timed(() => reader.read(STEP_BYTES));
  const tensor = reader.finish();
  const target = new ByteWriter();
  const writer = new TensorWriter(tensor, "null", target);
  const written = timed(() => writer.write());
  const values = new JsonReader(bytes, { nonFinite: "null", bigIntegers: "number" });
  const parsed = timed(() => values.read(STEP_BYTES));
  console.log(`${name}: ${tensor.data.length} elements, ${tensor.dtype}`);
  console.log(`  TensorReader ${read}; TensorWriter ${written}; JsonReader ${parsed}`);
  if (name === "NaN") continue; // no JSON
  const value: unknown = JSON.parse(text);
  const native = once(() => JSON.parse(text));
  console.log(`  JSON.parse ${native}; JSON.stringify ${once(() => JSON.stringify(value))}`);
}
