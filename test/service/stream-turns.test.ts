import assert from "node:assert/strict";
import { test } from "node:test";
import { untilAborted } from "../../src/service/stream.ts";

/** Far more than flow in a turn on any machine. */
const MAX_ITEMS = 20_000_000;

async function* endless(): AsyncGenerator<number> {
  for (let item = 0; ; item++) yield item;
}

/** Takes items until `isOver`. */
async function take(isOver: () => boolean): Promise<void> {
  const { signal } = new AbortController();
  for await (const item of untilAborted(endless(), signal)) {
    if (isOver()) return;
    assert.ok(item < MAX_ITEMS, "nothing else had its turn");
  }
}

test("untilAborted() yields to other work while items flow", async () => {
  let isOver = false;
  setTimeout(() => {
    isOver = true;
  });
  // Several at once, which share a turn.
  await Promise.all(Array.from({ length: 3 }, () => take(() => isOver)));
});

test("untilAborted() ends with the signal's reason while it yields to other work", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")));
  const taken = (async () => {
    for await (const item of untilAborted(endless(), controller.signal)) {
      assert.ok(item < MAX_ITEMS, "nothing else had its turn");
    }
  })();
  await assert.rejects(taken, /enough/);
});
