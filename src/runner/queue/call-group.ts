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

/** The calls of one key and one caller, with what its group orders them by. */
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
export function* inOrder<C extends QueueItem>(group: Group<C>): Generator<C, void, undefined> {
  if (group.order.size === 1) {
    yield* group.order.first?.calls ?? [];
    return;
  }
  const lines = group.order[Symbol.iterator]();
  let next = lines.next().value;
  const started: { served: number; call: C; readonly rest: Iterator<C> }[] = [];
  const isBefore = (served: number, one: Queued, rank: number, other: Queued): boolean =>
    Math.floor(served) < rank || (Math.floor(served) === rank && byDeadline(one, other) <= 0);
  while (started.length > 0 || next !== undefined) {
    let best = started[0];
    for (const each of started) {
      if (best && isBefore(each.served, each.call, Math.floor(best.served), best.call)) best = each;
    }
    if (next && !(best && isBefore(best.served, best.call, next.served, next))) {
      const rest = next.calls[Symbol.iterator]();
      const call = rest.next().value;
      if (call !== undefined) started.push({ served: next.caller.served, call, rest });
      next = lines.next().value;
      continue;
    }
    if (best === undefined) return;
    yield best.call;
    best.served += best.call.units;
    const following = best.rest.next().value;
    if (following === undefined) started.splice(started.indexOf(best), 1);
    else best.call = following;
  }
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
