/**
 * The time to read JSON arrays into tensors, and that of `JSON.parse` of the same bytes, in turns.
 * Prints the milliseconds of each round as JSON. Arguments: rounds, seconds of each.
 */
import process from "node:process";
import { ndarray } from "ekiben";

/** The elements of bodies, by the name of the case. */
const CASES: Readonly<Record<string, readonly [count: number, element: (at: number) => number]>> = {
  "784 floats": [784, (at) => ((at * 37) % 256) / 255],
  "150,528 floats": [150_528, (at) => ((at * 37) % 256) / 255],
  "150,528 of float32": [150_528, (at) => Math.fround(Math.sin(at))],
  "150,528 integers": [150_528, (at) => (at * 37) % 256],
};
const { decode } = ndarray({ dtype: "float32" });

function bodyOf(count: number, element: (at: number) => number): Uint8Array {
  const rows: number[][] = [];
  for (let at = 0; at < count; at += 28) {
    rows.push(
      Array.from({ length: Math.min(28, count - at) }, (_, column) => element(at + column)),
    );
  }
  return new TextEncoder().encode(JSON.stringify([rows]));
}

/** Returns the milliseconds of a run, over as many runs as fit. */
async function meanMs(run: () => unknown, seconds: number): Promise<number> {
  const startedAt = performance.now();
  let runs = 0;
  do {
    for (let at = 0; at < 4; at++) await run();
    runs += 4;
  } while (performance.now() - startedAt < 1000 * seconds);
  return (performance.now() - startedAt) / runs;
}

const [rounds = 3, seconds = 1] = process.argv.slice(2).map(Number);
for (const [name, [count, element]] of Object.entries(CASES)) {
  const bytes = bodyOf(count, element);
  const payload = { bytes, type: "application/json" };
  const variants = {
    ours: () => decode(payload),
    theirs: () => JSON.parse(new TextDecoder().decode(bytes)) as unknown,
  };
  const ms: Record<keyof typeof variants, number[]> = { ours: [], theirs: [] };
  for (const run of Object.values(variants)) await meanMs(run, 0.3); // compiles it
  for (let round = 0; round < rounds; round++) {
    for (const which of round % 2 === 0
      ? (["ours", "theirs"] as const)
      : (["theirs", "ours"] as const)) {
      ms[which].push(await meanMs(variants[which], seconds));
    }
  }
  console.log(JSON.stringify({ name, ...ms }));
}
process.exit();
