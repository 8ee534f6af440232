import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTurn, turnOver } from "../src/turns.ts";

/** Works for so long that the turn is over. */
function useUp(): void {
  const endAt = performance.now() + 15;
  while (performance.now() < endAt);
}

test("turnOver() lets work go on for 10 ms, then all work waits for the next turn", async () => {
  await nextTurn();
  assert.equal(turnOver(), undefined);
  useUp();
  const resumed: string[] = [];
  const wait = async (name: string): Promise<void> => {
    await turnOver();
    resumed.push(name);
  };
  const all = [wait("first"), wait("second"), wait("third")];
  assert.deepEqual(resumed, []);
  await Promise.all(all);
  // The first had the last turn, so it is the last in the next.
  assert.deepEqual(resumed, ["second", "third", "first"]);
});

test("turnOver() goes on without the timer of its turn, which workerd may cancel", async () => {
  await nextTurn();
  await new Promise((resolve) => setTimeout(resolve)); // the last turn has ended by then
  const { setTimeout: real } = globalThis;
  globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
  try {
    turnOver();
  } finally {
    globalThis.setTimeout = real;
  }
  useUp();
  await nextTurn();
});

test("nextTurn() throws the reason of a signal that has been aborted", async () => {
  await assert.rejects(nextTurn(AbortSignal.abort(new Error("gone"))), /gone/);
});
