/**
 * The cost of large tensors between a caller and a worker.
 *
 *     bun test/bench/large-tensors.ts
 *
 * `joined`: four calls in one batch. `alone`: one call. `split`: two calls of three rows each in
 * batches of four. `plain`: a method that is not batched. To compare two versions, run it in
 * the working trees of both in turns.
 */

import { host } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import { concat, type Tensor, tensor } from "../../src/tensor.ts";
import large from "./large.ts";
import { quantile } from "./open-loop.ts";

const ROUNDS = 15;
const ROW = 1_179_648; // 4.5 MiB of float32

const row = (): Tensor<"float32"> => tensor("float32", [1, ROW]);
const rowsOf = (count: number): Tensor<"float32"> => concat(Array.from({ length: count }, row));

const calls = runner(large, { name: "large", workers: 1, batch: { maxBatchSize: 4 } });
await calls.start(host);
const one = Array.from({ length: 4 }, row);
const [four, three] = [rowsOf(4), [rowsOf(3), rowsOf(3)]];

const cases: Readonly<Record<string, () => Promise<unknown>[]>> = {
  "joined, in": () => one.map((input) => calls.count(input)),
  "joined, there and back": () => one.map((input) => calls.echo(input)),
  "alone, in": () => [calls.count(four)],
  "split, in": () => three.map((input) => calls.count(input)),
  "split, there and back": () => three.map((input) => calls.echo(input)),
  "plain, in": () => [calls.size(four)],
};
for (const [name, make] of Object.entries(cases)) {
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    await Promise.all(make());
    all.push(performance.now() - startedAt);
  }
  const ms = (values: readonly number[]): string => quantile(0.5, values.slice(3)).toFixed(1);
  console.log(`${name.padEnd(24)} ${ms(all).padStart(7)} ms in all`);
}
await calls.close();
