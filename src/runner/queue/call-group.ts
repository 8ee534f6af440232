/**
 * Groups of waiting calls that can be joined, in the order in which they are served: callers by
 * what they have been given so far, and among equals the earliest deadline first.
 * @module
 */

import { byDeadline, type Queued, type SortedList } from "./sorted-list.ts";

/** A call in a queue. */
export interface QueueItem extends Queued {
  /** Calls of one key can be joined. */
  readonly key: string;
  /** The name of its caller. */
  readonly caller: string | undefined;
  /** The number of its rows that wait. */
  readonly rows: number;
  /** The weight of the heaviest of its rows. */
  readonly weight: number;
}

/** A caller of the method. */
export interface Caller {
  /**
   * The units that it has been given. A caller that was idle starts with as many as the others had
   * when the last batch was taken: idleness earns nothing.
   */
  served: number;
  /** The number of its waiting calls. */
  waiting: number;
}

/** The calls of one key and one caller, with the sort key that its group has them under. */
export interface Line<C extends Queued> extends Queued {
  readonly caller: Caller;
  readonly calls: SortedList<C>;
  served: number;
  deadlineAt: number;
  order: number;
  readonly units: number;
}

/** The calls of one key. */
export interface Group<C extends Queued> {
  readonly key: string;
  readonly lines: Map<string | undefined, Line<C>>;
  readonly order: SortedList<Line<C>>;
  units: number;
}

/** Returns the calls of a group in the order in which they are served. */
export function inOrder<C extends QueueItem>(group: Group<C>): Iterable<C> {
  return group.order.size === 1 ? (group.order.first?.calls ?? []) : merged(group);
}

/** The next call of a line, of which some have been returned. */
interface Cursor<C> {
  /** The units that the caller will have been given before the call. */
  served: number;
  call: C;
  readonly rest: Iterator<C>;
}

function* merged<C extends QueueItem>({ order }: Group<C>): Generator<C, void, undefined> {
  const lines = order[Symbol.iterator]();
  let next = lines.next().value;
  /** A heap: a cursor is not before the one at half of its index. */
  const heap: Cursor<C>[] = [];
  for (;;) {
    const [top] = heap;
    if (next && !(top && isBefore(top.served, top.call, next.served, next))) {
      const rest = next.calls[Symbol.iterator]();
      const call = rest.next().value;
      if (call !== undefined) push(heap, { served: next.caller.served, call, rest });
      next = lines.next().value;
      continue;
    }
    if (top === undefined) return;
    yield top.call;
    top.served += top.call.units;
    const following = top.rest.next().value;
    if (following !== undefined) top.call = following;
    else {
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) heap[0] = last;
    }
    sink(heap);
  }
}

function isBefore(served: number, one: Queued, rank: number, other: Queued): boolean {
  const own = Math.floor(served);
  return own < rank || (own === rank && byDeadline(one, other) <= 0);
}

function areInOrder<C extends Queued>(one: Cursor<C>, other: Cursor<C>): boolean {
  return isBefore(one.served, one.call, Math.floor(other.served), other.call);
}

function push<C extends Queued>(heap: Cursor<C>[], cursor: Cursor<C>): void {
  let at = heap.length;
  while (at > 0) {
    const parent = heap[(at - 1) >> 1] as Cursor<C>;
    if (areInOrder(parent, cursor)) break;
    heap[at] = parent;
    at = (at - 1) >> 1;
  }
  heap[at] = cursor;
}

/** Puts the first cursor where it belongs. */
function sink<C extends Queued>(heap: Cursor<C>[]): void {
  const [cursor] = heap;
  if (cursor === undefined) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    const [left, right] = [heap[child] as Cursor<C>, heap[child + 1]];
    if (right !== undefined && !areInOrder(left, right)) child += 1;
    const first = heap[child] as Cursor<C>;
    if (areInOrder(cursor, first)) break;
    heap[at] = first;
    at = child;
  }
  heap[at] = cursor;
}

/** Puts a line where it belongs by its caller and its first call. */
export function place<C extends Queued>({ order }: Group<C>, line: Line<C>): void {
  const { first } = line.calls;
  if (first === undefined) return;
  const isAlone = order.size === 1 && line.order !== UNPLACED;
  if (!isAlone && line.order !== UNPLACED) order.remove(line);
  line.served = Math.floor(line.caller.served);
  line.deadlineAt = first.deadlineAt;
  line.order = first.order;
  if (!isAlone) order.add(line);
}

/** Returns the line whose first call is served first. */
export function firstLine<C extends Queued>(group: Group<C>): Line<C> {
  for (;;) {
    const line = group.order.first as Line<C>; // an empty group is removed
    if (line.served === Math.floor(line.caller.served)) return line;
    place(group, line); // its caller has been served since, under this key or another
  }
}

/** The order of a line that is not yet in its group. */
export const UNPLACED = -1;

/** Orders lines by what their callers have been given, in whole units, then by deadline. */
export function compareLines<C extends Queued>(one: Line<C>, other: Line<C>): number {
  return one.served - other.served || byDeadline(one, other);
}
