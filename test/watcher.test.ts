import assert from "node:assert/strict";
import { test } from "node:test";
import { Watcher } from "../src/watcher.ts";
import { FakeClock } from "./support/fake-clock.ts";

/** A watcher of signatures that the test changes. */
function watched() {
  const clock = new FakeClock();
  const state = { seen: new Map([["a", "1"]]), looks: 0, error: undefined as Error | undefined };
  const taken: string[] = [];
  const problems: string[] = [];
  const watcher = new Watcher(
    {
      clock,
      look: async () => {
        state.looks += 1;
        if (state.error !== undefined) throw state.error;
        return new Map(state.seen);
      },
      take: (name, isRemoved) => taken.push(isRemoved ? `-${name}` : name),
      report: (problem) => problems.push(problem),
    },
    new Map(state.seen),
  );
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return { clock, state, taken, problems, watcher, pass };
}

test("Watcher takes a change that two looks in a row show", async () => {
  const { clock, state, taken, watcher, pass } = watched();
  await pass(10_000);
  assert.deepEqual([state.looks, taken.length], [1, 0]);
  state.seen.set("a", "2").set("b", "1");
  await pass(9_999);
  assert.equal(state.looks, 1);
  await pass(1);
  assert.deepEqual([state.looks, taken.length], [2, 0]);
  state.seen.set("a", "3"); // it is still being written
  await pass(1_000);
  assert.deepEqual(taken, ["b"]);
  await pass(1_000);
  assert.deepEqual(taken, ["b", "a"]);
  await pass(1_000);
  assert.equal(state.looks, 4, "nothing is left to look at soon");
  state.seen.delete("b");
  watcher.poke();
  watcher.poke();
  await pass(1_000);
  await pass(1_000);
  assert.deepEqual(taken, ["b", "a", "-b"]);
  assert.equal(clock.pending, 1);
  watcher.close();
  watcher.poke();
  assert.equal(clock.pending, 0);
});

test("Watcher removes nothing when a look fails, and reports a problem once", async () => {
  const { state, taken, problems, watcher, pass } = watched();
  state.error = new Error("it is gone");
  for (let look = 0; look < 3; look++) await pass(10_000);
  assert.deepEqual(problems, ["it is gone"]);
  state.error = undefined;
  state.seen.set("a", "2");
  await pass(10_000);
  await pass(1_000);
  assert.deepEqual(taken, ["a"]);
  watcher.close();
  await pass(10_000);
  assert.equal(state.looks, 5);
});
