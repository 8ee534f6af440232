import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder } from "../../../src/runner/queue/call-group.ts";
import { CallQueue } from "../../../src/runner/queue/call-queue.ts";
import { byDeadline } from "../../../src/runner/queue/sorted-list.ts";
import { type Random, seeded } from "../../support/random.ts";
import { Item, NEVER, take } from "./queue-items.ts";

/** The rules of a queue, in the plainest form: it looks at every item for each question. */
class Model {
  readonly items: Item[] = [];
  readonly served = new Map<string | undefined, number>();
  since = 0;
  start = 0;

  add(item: Item): void {
    if (this.items.length === 0) this.since = item.order;
    const isIdle = !this.items.some(({ caller }) => caller === item.caller);
    const served = this.served.get(item.caller) ?? 0;
    this.served.set(item.caller, isIdle ? Math.max(served, this.start) : served);
    this.items.push(item);
  }

  remove(item: Item): boolean {
    const at = this.items.indexOf(item);
    if (at >= 0) this.items.splice(at, 1);
    return at >= 0;
  }

  /** Notes what is about to be taken. */
  take(shares: readonly (readonly [Item, number])[]): void {
    const least = Math.min(...shares.map(([{ caller }]) => this.served.get(caller) ?? 0));
    if (shares.length > 0) this.start = Math.max(this.start, least);
    for (const [item, rows] of shares) {
      this.served.set(item.caller, (this.served.get(item.caller) ?? 0) + rows * item.weight);
      if (rows === item.rows) this.remove(item);
    }
  }

  keyed(key: string): Item[] {
    return this.items.filter((item) => item.key === key);
  }

  inOrder(key: string): Item[] {
    const served = new Map(this.served);
    const whole = ({ caller }: Item): number => Math.floor(served.get(caller) ?? 0);
    const rest = this.keyed(key).sort(byDeadline);
    const order: Item[] = [];
    while (rest.length > 0) {
      const [next] = rest.toSorted((one, other) => whole(one) - whole(other)) as [Item];
      rest.splice(rest.indexOf(next), 1);
      served.set(next.caller, (served.get(next.caller) ?? 0) + next.units);
      order.push(next);
    }
    return order;
  }

  sum(count: (item: Item) => number, items = this.items): number {
    return items.reduce((sum, item) => sum + count(item), 0);
  }
}

function check(queue: CallQueue<Item>, model: Model, keys: readonly string[], most: number): void {
  const { items } = model;
  assert.deepEqual(
    [queue.calls, queue.rows, queue.units, queue.keys],
    [
      items.length,
      model.sum(({ rows }) => rows),
      model.sum(({ units }) => units),
      new Set(items.map(({ key }) => key)).size,
    ],
  );
  if (items.length > 0) assert.equal(queue.waitingSince, model.since);
  assert.deepEqual(queue.all().sort(byDeadline), items.toSorted(byDeadline));
  const earliest = (some: readonly Item[]): number =>
    Math.min(NEVER, ...some.map(({ deadlineAt }) => deadlineAt));
  assert.ok(queue.earliestAt <= earliest(items));
  for (const key of keys) {
    const own = model.keyed(key);
    const others = items.filter((item) => item.key !== key);
    assert.equal(
      queue.otherUnits(key),
      model.sum(({ units }) => units, others),
    );
    assert.equal(queue.earliestOf(key), earliest(own));
  }
  const orders = keys.map((key) => model.inOrder(key)).filter(({ length }) => length > 0);
  const rank = ([item]: Item[]): number => Math.floor(model.served.get(item?.caller) ?? 0);
  orders.sort(
    (one, other) => rank(one) - rank(other) || byDeadline(one[0] as Item, other[0] as Item),
  );
  const found = queue.first(most).map((group) => [...inOrder(group)]);
  assert.deepEqual(
    found.map((group) => group.map(({ order }) => order)),
    orders.slice(0, most).map((group) => group.map(({ order }) => order)),
  );
}

/** A part of what comes first under a key, as a batch takes it. */
function sharesOf(random: Random, items: readonly Item[]): (readonly [Item, number])[] {
  const count = random.below(Math.min(items.length, 10) + 1);
  return items
    .slice(0, count)
    .map((item, at) => [
      item,
      at === count - 1 && item.rows > 0 ? 1 + random.below(item.rows) : item.rows,
    ]);
}

test("CallQueue agrees with a plain model after any sequence of changes", () => {
  seeded((random) => {
    for (let run = 0; run < 30; run++) {
      const queue = new CallQueue<Item>();
      const model = new Model();
      const callers = Array.from({ length: 1 + random.below(6) }, (_, at) => `${at}`);
      const keys = Array.from({ length: 1 + random.below(4) }, (_, at) => `${at}`);
      for (let order = 0; order < 300; order++) {
        const step = random.below(10);
        if (step < 6) {
          const deadlineAt = random.below(5) === 0 ? NEVER : random.below(20);
          const [caller, key] = [random.of([undefined, ...callers]), random.of(keys)];
          // Quarters are summed up without rounding.
          const [rows, weight] = [random.below(5), (1 + random.below(8)) / 4];
          const item = new Item(order, { caller, key, rows, weight, deadlineAt });
          queue.add(item);
          model.add(item);
        } else if (step < 8) {
          const item = random.of(model.items) ?? new Item(order, { key: random.of(keys) });
          assert.equal(queue.remove(item), model.remove(item));
        } else {
          const shares = sharesOf(random, model.inOrder(random.of(keys)));
          model.take(shares);
          take(queue, ...shares);
        }
        check(queue, model, keys, 1 + random.below(4));
      }
    }
  });
});
