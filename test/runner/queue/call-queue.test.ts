import assert from "node:assert/strict";
import { test } from "node:test";
import { CallQueue } from "../../../src/runner/queue/call-queue.ts";
import { Item, NEVER, namesOf, queueOf, take, takeNames } from "./queue-items.ts";

const named = ({ name }: Item): string => name;

test("CallQueue counts rows, units, calls and keys", () => {
  const { queue, items } = queueOf(
    { rows: 3, weight: 2, key: "x", deadlineAt: 7 },
    { rows: 0, key: "y", deadlineAt: 5 },
    { rows: 4, key: "x" },
  );
  const [first, empty, last] = items as [Item, Item, Item];
  const counts = () => [queue.rows, queue.units, queue.calls, queue.keys, queue.earliestAt];
  const steps: readonly [what: string, step: () => unknown, counts: readonly number[]][] = [
    ["at first", () => {}, [7, 10, 3, 2, 5]],
    ["after a part of a call", () => take(queue, [first, 1]), [6, 8, 3, 2, 5]],
    ["after a call without rows", () => take(queue, [empty, 0]), [6, 8, 2, 1, 5]],
    ["after removing a started call", () => queue.remove(first), [4, 4, 1, 1, 5]],
    ["after removing it again", () => queue.remove(first), [4, 4, 1, 1, 5]],
    ["after the last one", () => take(queue, [last, 4]), [0, 0, 0, 0, NEVER]],
  ];
  for (const [what, step, expected] of steps) {
    step();
    assert.deepEqual(counts(), expected, what);
  }
});

test("CallQueue has exactly 0 units once it is empty, whatever their fractions", () => {
  const queue = new CallQueue<Item>();
  const weights = [0.1, 0.2, 0.3, 0.7, 1e9, 1e-9];
  const items = weights.map((weight, order) => new Item(order, { weight, caller: `${order}` }));
  for (const item of items) queue.add(item);
  for (const item of items.toReversed()) queue.remove(item);
  assert.equal(queue.units, 0);
});

test("CallQueue keeps the rest of a call in its place", () => {
  const { queue, items } = queueOf({ rows: 5, name: "large" }, { name: "next" });
  take(queue, [items[0] as Item, 2]);
  assert.deepEqual(namesOf(queue.first(1)[0]), ["large", "next"]);
  assert.equal(queue.units, 4);
});

test("CallQueue notes the arrival since which it has had calls", () => {
  const { queue, items } = queueOf({}, {}, {});
  assert.equal(queue.waitingSince, 0);
  take(queue, [items[0] as Item, 1]);
  assert.equal(queue.waitingSince, 0);
  for (const item of items) queue.remove(item);
  queue.add(new Item(7));
  assert.equal(queue.waitingSince, 7);
});

const GREEDY = { caller: "greedy", name: "g" };
const POLITE = { caller: "polite", name: "p" };

/** What callers have taken and done before, and whose turns come next. */
const TURNS: readonly [what: string, run: (queue: CallQueue<Item>) => void, next: string][] = [
  [
    "callers take turns",
    (queue) => {
      for (let order = 0; order < 4; order++) queue.add(new Item(order, GREEDY));
      for (let order = 4; order < 8; order++) queue.add(new Item(order, POLITE));
    },
    "gpgpgpgp",
  ],
  [
    "a caller that comes later has not saved up turns",
    (queue) => {
      for (let order = 0; order < 10; order++) queue.add(new Item(order, GREEDY));
      takeNames(queue, 6); // "greedy" had 5 when the last of them was taken
      for (let order = 10; order < 14; order++) queue.add(new Item(order, POLITE));
    },
    "pgpgpgpg",
  ],
  [
    "a caller that was idle has not saved up turns either",
    (queue) => {
      queue.add(new Item(0, POLITE));
      takeNames(queue, 1);
      for (let order = 1; order < 20; order++) queue.add(new Item(order, GREEDY));
      takeNames(queue, 16); // from 0 to 16 units: 15 when the last was taken
      for (let order = 20; order < 23; order++) queue.add(new Item(order, POLITE));
    },
    "pgpgpg",
  ],
  [
    "a caller that has taken much pays for it after a pause",
    (queue) => {
      queue.add(new Item(0, POLITE));
      const large = new Item(1, { ...GREEDY, rows: 4 });
      queue.add(large);
      take(queue, [large, 4]);
      for (let order = 2; order < 5; order++) queue.add(new Item(order, GREEDY));
      for (let order = 5; order < 10; order++) queue.add(new Item(order, POLITE));
    },
    // "greedy" has been given 4, and comes first of equals by its arrival.
    "ppppgpgpg",
  ],
];
for (const [what, run, next] of TURNS) {
  test(`CallQueue: ${what}`, () => {
    const queue = new CallQueue<Item>();
    run(queue);
    assert.equal(takeNames(queue, 99).join(""), next);
    assert.deepEqual([queue.calls, queue.units], [0, 0]);
  });
}

test("CallQueue starts new callers with what the least served of a batch has been given", () => {
  const queue = new CallQueue<Item>();
  const rich = new Item(0, { caller: "rich", rows: 100 });
  queue.add(rich);
  queue.add(new Item(1, { caller: "waiting" }));
  take(queue, [rich, 100]);
  const [next, poor] = [new Item(2, { caller: "rich" }), new Item(3, { caller: "poor" })];
  for (const item of [next, poor]) queue.add(item);
  // One batch, in the order of weights, has rows of both; "poor" had 0 and "rich" 100.
  take(queue, [next, 1], [poor, 1]);
  queue.add(new Item(4, { caller: "rich", name: "rich" }));
  queue.add(new Item(5, { caller: "new", name: "new" }));
  queue.add(new Item(6, { caller: "new", name: "new" }));
  assert.deepEqual(takeNames(queue, 4), ["1", "new", "new", "rich"]);
});

const ONCE: readonly [what: string, end: (queue: CallQueue<Item>, item: Item) => unknown][] = [
  ["are answered", (queue, item) => take(queue, [item, 1])],
  ["are refused or canceled", (queue, item) => queue.remove(item)],
];
for (const [what, end] of ONCE) {
  test(`CallQueue forgets callers that call once and ${what}`, () => {
    const queue = new CallQueue<Item>();
    queue.add(new Item(0, GREEDY));
    for (let order = 1; order < 5_000; order++) {
      const item = new Item(order, { caller: `caller ${order}` });
      queue.add(item);
      end(queue, item);
      assert.ok(queue.callers <= 2 + 64, `${queue.callers} callers after ${order} calls`);
    }
  });
}

test("CallQueue remembers every caller with waiting calls, and those that were given most", () => {
  const queue = new CallQueue<Item>();
  const large = new Item(0, { ...GREEDY, rows: 9 });
  queue.add(large);
  take(queue, [large, 9]);
  for (let order = 1; order < 1_000; order++) {
    const item = new Item(order, { caller: `caller ${order}` });
    queue.add(item);
    if (order % 5 > 0) take(queue, [item, 1]);
  }
  assert.equal(queue.calls, 199);
  queue.add(new Item(1_000, GREEDY));
  queue.add(new Item(1_001, { ...POLITE, deadlineAt: NEVER }));
  assert.deepEqual(takeNames(queue, 201).slice(-2), ["p", "g"]);
});

/** The units that go before a call of caller "a" with 1 unit and a deadline of 5. */
const BEFORE: readonly [
  what: string,
  calls: ConstructorParameters<typeof Item>[1][],
  units: number,
][] = [
  ["nothing waits", [], 0],
  ["its own calls are due before it", [{ caller: "a", rows: 3, deadlineAt: 4 }], 3],
  ["or as soon", [{ caller: "a", rows: 3, deadlineAt: 5 }], 3],
  ["its own calls are due later", [{ caller: "a", rows: 3, deadlineAt: 6 }], 0],
  ["they have another key", [{ caller: "a", rows: 3, deadlineAt: 1, key: "other" }], 0],
  ["another caller has few", [{ caller: "b", weight: 0.5, deadlineAt: 9 }], 0.5],
  ["another caller has many: as much as it has itself", [{ caller: "b", rows: 1_000 }], 1],
  [
    "each of two others has many",
    [
      { caller: "b", rows: 1_000 },
      { caller: "c", rows: 1_000 },
    ],
    2,
  ],
  [
    "it has 4 before it, so that another one gets 5 meanwhile",
    [
      { caller: "a", rows: 4, deadlineAt: 1 },
      { caller: "a", rows: 100, deadlineAt: 9 },
      { caller: "b", rows: 1_000 },
    ],
    4 + 5,
  ],
];
for (const [what, calls, units] of BEFORE) {
  test(`CallQueue estimates the units before a call where ${what}`, () => {
    assert.equal(queueOf(...calls).queue.unitsBefore("", "a", 1, 5), units);
  });
}

test("CallQueue returns the earliest deadline of a key", () => {
  const { queue, items } = queueOf(
    { key: "x", caller: "a", deadlineAt: 9 },
    { key: "x", caller: "b", deadlineAt: 4 },
    { key: "x", caller: "b", deadlineAt: 3 },
    { key: "y", deadlineAt: 1 },
  );
  assert.deepEqual(
    ["x", "y", "z"].map((key) => queue.earliestOf(key)),
    [3, 1, NEVER],
  );
  queue.remove(items[2] as Item);
  assert.equal(queue.earliestOf("x"), 4);
  queue.remove(items[1] as Item);
  assert.equal(queue.earliestOf("x"), 9);
});

test("CallQueue returns the units under other keys, exactly 0 if there are none", () => {
  const { queue, items } = queueOf(
    { key: "x", weight: 0.1 },
    { key: "x", weight: 0.2 },
    { key: "y", weight: 0.3 },
    { key: "z", weight: 0.7 },
  );
  const found = ["w", "x", "y"].map((key) => queue.otherUnits(key).toFixed(9));
  assert.deepEqual(found, ["1.300000000", "1.000000000", "1.000000000"]);
  for (const item of items.slice(2)) queue.remove(item);
  assert.equal(queue.otherUnits("x"), 0);
  assert.equal(queue.otherUnits("y"), queue.units);
});

test("CallQueue returns the keys whose first calls come first, and no more than are wanted", () => {
  const deadlines = [5, 3, 9, 1, 7, NEVER];
  const { queue } = queueOf(
    ...deadlines.map((deadlineAt) => ({ deadlineAt, key: `${deadlineAt}` })),
  );
  const keys = (most: number): string[] => queue.first(most).map(({ key }) => key);
  assert.deepEqual(keys(9), ["1", "3", "5", "7", "9", "Infinity"]);
  assert.deepEqual(keys(2), ["1", "3"]);
  assert.deepEqual(keys(1), ["1"]);
});

/** The deadlines of calls, and the late ones of them at 5. */
const LATE: readonly [what: string, deadlines: readonly number[], late: number[], next: number][] =
  [
    ["none", [], [], NEVER],
    ["none that is still in time", [5.1, 6, NEVER], [], 5.1],
    ["one whose deadline is now", [5, 6], [5], 6],
    ["all that are late", [9, 1, 5, 3, 7], [1, 3, 5], 7],
    ["the last one", [1], [1], NEVER],
  ];
for (const [what, deadlines, late, next] of LATE) {
  for (const callers of [1, 3]) {
    test(`CallQueue finds of late calls of ${callers} callers: ${what}`, () => {
      const { queue } = queueOf(
        ...deadlines.map((deadlineAt, at) => ({ deadlineAt, caller: `${at % callers}` })),
      );
      const found = queue.lateCalls(5);
      assert.deepEqual(found.map((each) => each.deadlineAt).sort(), late);
      assert.equal(queue.earliestAt, next);
      for (const each of found) assert.equal(queue.remove(each), true);
      assert.deepEqual(queue.lateCalls(5).map(named), []);
      assert.equal(queue.calls, deadlines.length - late.length);
    });
  }
}
