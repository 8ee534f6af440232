/** Items of queues, for the tests of CallQueue. */
import { type Group, inOrder, type QueueItem } from "../../../src/runner/queue/call-group.ts";
import { CallQueue } from "../../../src/runner/queue/call-queue.ts";

export const NEVER = Number.POSITIVE_INFINITY;

export class Item implements QueueItem {
  readonly name: string;
  readonly key: string;
  readonly caller: string | undefined;
  readonly weight: number;
  readonly deadlineAt: number;
  readonly order: number;
  rows: number;

  constructor(order: number, options: Partial<QueueItem> & { readonly name?: string } = {}) {
    const {
      name = `${order}`,
      key = "",
      caller,
      rows = 1,
      weight = 1,
      deadlineAt = NEVER,
    } = options;
    this.name = name;
    this.key = key;
    this.caller = caller;
    this.rows = rows;
    this.weight = weight;
    this.deadlineAt = deadlineAt;
    this.order = order;
  }

  get units(): number {
    return this.rows * this.weight;
  }
}

/** A queue, and the items that wait in it. */
export function queueOf(...options: ConstructorParameters<typeof Item>[1][]): {
  readonly queue: CallQueue<Item>;
  readonly items: Item[];
} {
  const queue = new CallQueue<Item>();
  const items = options.map((each, order) => new Item(order, each));
  for (const item of items) queue.add(item);
  return { queue, items };
}

/** The names of the items of a group, in the order in which they are served. */
export function namesOf(group: Group<Item> | undefined): string[] {
  return group === undefined ? [] : [...inOrder(group)].map(({ name }) => name);
}

/** Takes some rows of items. */
export function take(
  queue: CallQueue<Item>,
  ...shares: readonly (readonly [Item, number])[]
): void {
  queue.takeRows(
    shares.map(([call, rows]) => ({ call, rows })),
    (call, rows) => {
      call.rows -= rows;
    },
  );
}

/** Takes whole items from the first group, one at a time, and returns their names. */
export function takeNames(queue: CallQueue<Item>, count: number): string[] {
  const names: string[] = [];
  while (names.length < count) {
    const [group] = queue.first(1);
    const [item] = group === undefined ? [] : inOrder(group);
    if (item === undefined) break;
    take(queue, [item, item.rows]);
    names.push(item.name);
  }
  return names;
}
