import assert from "node:assert/strict";
import { test } from "node:test";
import { byDeadline, type Queued, SortedList } from "../../../src/runner/queue/sorted-list.ts";
import { type Random, seeded } from "../../support/random.ts";

interface Item extends Queued {
  units: number;
}

const NEVER = Number.POSITIVE_INFINITY;

const item = (deadlineAt: number, order: number, units = 1): Item => ({ deadlineAt, order, units });

const listOf = (items: readonly Item[]): SortedList<Item> => {
  const list = new SortedList<Item>(byDeadline);
  for (const each of items) list.add(each);
  return list;
};

const unitsOf = (items: readonly Item[]): number =>
  items.reduce((sum, { units }) => sum + units, 0);

const orders = (list: Iterable<Item>): number[] => [...list].map(({ order }) => order);

/** The deadlines of items, by their arrival, and the numbers of the items in order. */
const ORDERS: readonly [what: string, deadlines: readonly number[], order: readonly number[]][] = [
  ["none", [], []],
  ["ascending deadlines", [1, 2, 3], [0, 1, 2]],
  ["descending deadlines", [3, 2, 1], [2, 1, 0]],
  ["equal deadlines by arrival", [5, 5, 5], [0, 1, 2]],
  ["no deadlines by arrival", [NEVER, NEVER, NEVER], [0, 1, 2]],
  ["no deadline after any", [NEVER, 1e300, NEVER, 0], [3, 1, 0, 2]],
  ["negative ones first", [0, -1, 1], [1, 0, 2]],
];
for (const [what, deadlines, order] of ORDERS) {
  test(`SortedList orders ${what}`, () => {
    const list = listOf(deadlines.map((deadlineAt, at) => item(deadlineAt, at)));
    assert.deepEqual(orders(list), order);
    assert.equal(list.first?.order, order[0]);
    assert.equal(list.last?.order, order.at(-1));
    assert.equal(list.size, order.length);
  });
}

test("SortedList puts equal deadlines in the order of arrival, not of adding", () => {
  const list = listOf([item(5, 0), item(5, 2)]);
  list.add(item(5, 1));
  assert.deepEqual(orders(list), [0, 1, 2]);
});

/** Around the number of items in a chunk, and several of them. */
const SIZES = [1, 2, 255, 256, 257, 258, 512, 513, 1_000];
const WAYS: readonly [what: string, deadlineOf: (at: number) => number][] = [
  ["in order", (at) => at],
  ["in reverse order", (at) => -at],
  ["from both ends", (at) => (at % 2 === 0 ? at : -at)],
  ["with equal deadlines", () => 0],
];
for (const [way, deadlineOf] of WAYS) {
  test(`SortedList keeps any number of items that are added ${way}`, () => {
    for (const size of SIZES) {
      const items = Array.from({ length: size }, (_, at) => item(deadlineOf(at), at, at % 7));
      const list = listOf(items);
      const sorted = items.toSorted(byDeadline);
      assert.deepEqual(orders(list), orders(sorted), `${size} items`);
      assert.equal(list.units, unitsOf(items));
      for (const each of sorted) assert.equal(list.remove(each), true);
      assert.deepEqual([list.size, list.units, list.first], [0, 0, undefined]);
    }
  });
}

test("SortedList does not remove what it has not", () => {
  const present = item(5, 1, 3);
  const list = listOf([present]);
  const strangers = [item(5, 1, 3), item(4, 0), item(6, 2)];
  for (const stranger of strangers) assert.equal(list.remove(stranger), false);
  assert.deepEqual([list.size, list.units, list.first], [1, 3, present]);
  assert.equal(list.remove(present), true);
  assert.equal(list.remove(present), false);
  assert.equal(new SortedList<Item>(byDeadline).remove(present), false);
});

test("SortedList has exactly 0 units once it is empty, whatever their fractions", () => {
  const list = new SortedList<Item>(byDeadline);
  for (let round = 0; round < 100; round++) {
    const items = [0.1, 0.2, 0.3, 0.7, 1e9, 1e-9].map((units, at) => item(at, at, units));
    for (const each of items) list.add(each);
    for (const each of items.toReversed()) list.remove(each);
    assert.equal(list.units, 0, `round ${round}`);
  }
});

test("SortedList agrees with a sorted array after any changes", () => {
  seeded((random) => {
    // Quarters are summed up without rounding.
    const amount = (): number => random.below(40) / 4;
    for (let run = 0; run < 10; run++) agrees(random, amount, 1 + random.below(1_500));
  });
});

/** Changes a list and an array alike, at first to more items and then to none. */
function agrees(random: Random, amount: () => number, most: number): void {
  const list = new SortedList<Item>(byDeadline);
  const model: Item[] = [];
  const deadlines = 1 + random.below(50);
  let isGrowing = true;
  for (let order = 0; isGrowing || model.length > 0; order++) {
    isGrowing &&= model.length < most;
    const chosen = model[random.below(Math.max(1, model.length))];
    const step = random.below(10);
    if (step === 0 && chosen !== undefined) {
      const by = amount() - chosen.units;
      list.change(chosen, by);
      chosen.units += by;
    } else if (chosen !== undefined && step < (isGrowing ? 3 : 8)) {
      assert.equal(list.remove(chosen), true);
      model.splice(model.indexOf(chosen), 1);
    } else if (isGrowing || step === 9) {
      const deadlineAt = random.below(20) === 0 ? NEVER : random.below(deadlines);
      const added = item(deadlineAt, order, amount());
      list.add(added);
      model.push(added);
    }
    assert.equal(list.size, model.length);
    if (random.below(100) > 0) continue;
    assert.equal(list.units, unitsOf(model));
    model.sort(byDeadline);
    assert.deepEqual([...list], model);
    assert.deepEqual([list.first, list.last], [model[0], model.at(-1)]);
    const until = random.below(deadlines + 2) - 1;
    const isBefore = ({ deadlineAt }: Item): boolean => deadlineAt <= until;
    assert.equal(list.unitsWhile(isBefore), unitsOf(model.filter(isBefore)));
  }
}
