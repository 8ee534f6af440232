import assert from "node:assert/strict";
import { test } from "node:test";
import { warmUp } from "../../src/onnx/warm-up.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type FakeOptions, fakeSession, taking } from "./webgpu/fake-sessions.ts";

/** Warms up a session whose runs take some time, and returns the rows of each run. */
async function rowsOf(
  onGpu: boolean,
  ms: (rows: number, isFirst: boolean) => number,
  options: FakeOptions = {},
): Promise<number[]> {
  const clock = new FakeClock();
  const seen = new Set<number>();
  const session = fakeSession({
    before(rows, run) {
      taking(clock, () => ms(rows, !seen.has(rows)))(rows, run);
      seen.add(rows);
    },
    ...options,
  });
  const { zeros, failure } = await warmUp(session, onGpu, () => clock.now());
  const { x } = zeros ?? {};
  assert.deepEqual([x?.shape, failure], [[1, 2], undefined]);
  return session.given.map(({ shape }) => shape[0] ?? 0);
}

test("warmUp() runs one row for a while, and at least once", async () => {
  assert.deepEqual(await rowsOf(false, () => 200), [1, 1, 1]);
  assert.deepEqual(await rowsOf(false, () => 7_000), [1]);
  assert.equal((await rowsOf(false, () => 1)).length, 30);
});

test("warmUp() on a GPU runs more rows as long as shaders are compiled for them", async () => {
  const compiling = (up: number) => (rows: number, isFirst: boolean) =>
    isFirst && rows <= up ? 600 : 100;
  const more = (rows: number[]): number[] => rows.filter((each) => each > 1);
  for (const [up, rows] of [
    [1, [2, 2, 4, 4]],
    [4, [2, 2, 4, 4, 8, 8, 16, 16]],
    [64, [2, 2, 4, 4, 8, 8, 16, 16, 32, 32]],
  ] as const) {
    assert.deepEqual(more(await rowsOf(true, compiling(up))), rows);
  }
  // Bounded in time, and nothing to do for a model with a fixed number of rows.
  assert.deepEqual(more(await rowsOf(true, (_, isFirst) => (isFirst ? 6_000 : 1))), [2, 2]);
  assert.deepEqual(more(await rowsOf(true, () => 1, { shape: [1, 2] })), []);
});

test("warmUp() on a GPU accepts a model that takes no more rows", async () => {
  const before = (rows: number): void => {
    if (rows > 1) throw new Error("one row only");
  };
  assert.deepEqual((await rowsOf(true, () => 1, { before })).at(-1), 2);
});
