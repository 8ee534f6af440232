import assert from "node:assert/strict";
import { test } from "node:test";
import { HISTORY_SECONDS, History, MAX_SERIES } from "../../../src/page/charts/history.ts";

/** Returns a reading of plain values. */
function reading(values: Readonly<Record<string, number>>) {
  return new Map(Object.entries(values).map(([name, value]) => [name, { value }]));
}

test("History has a column for each series, with nulls where one has no value", () => {
  const history = new History();
  history.addGap(1); // there is nothing to break
  history.add(2, reading({ a: 1 }));
  history.add(4, reading({ b: 2, a: 3 }));
  history.addGap(6);
  history.addGap(8);
  history.add(10, reading({ b: 4 }));
  assert.deepEqual(history.names, ["a", "b"]);
  assert.deepEqual(history.columns(), {
    seconds: [2, 4, 6, 10],
    values: [
      [1, 3, null, null],
      [null, 2, null, 4],
    ],
  });
  assert.deepEqual(history.value("b"), { value: 4 });
  assert.equal(history.value("a"), undefined);
  assert.deepEqual(history.value("a", 1), { value: 3 });
  assert.deepEqual(
    [1, 2, 5, 99].map((seconds) => history.rowAt(seconds)),
    [undefined, 0, 1, 3],
  );
  assert.deepEqual(
    [0, 3, 4].map((row) => history.secondsAt(row)),
    [2, 10, undefined],
  );
});

test("History forgets what is too old, and series that have nothing else", () => {
  const history = new History();
  history.add(0, reading({ old: 9, a: 1 }));
  for (let seconds = 2; seconds <= 2 * HISTORY_SECONDS; seconds += 2) {
    history.add(seconds, reading({ a: seconds }));
    assert.ok(history.length <= HISTORY_SECONDS / 2 + 1);
  }
  assert.deepEqual(history.names, ["a"]);
  assert.equal(history.columns().seconds[0], HISTORY_SECONDS);
  history.add(1e6, reading({}));
  assert.deepEqual([history.names, history.length], [[], 1]);
});

test("History keeps the largest series, in the places that they have", () => {
  const history = new History();
  const names = Array.from({ length: MAX_SERIES + 3 }, (_, at) => `s${at}`);
  history.add(0, reading(Object.fromEntries(names.map((name, at) => [name, at]))));
  assert.deepEqual([history.names, history.hidden], [names.slice(3), 3]);
  history.add(2, reading({ s0: 100 }));
  assert.deepEqual([history.names, history.hidden], [[...names.slice(4), "s0"], 3]);
});
