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

/** A line from which calls are returned, with what its caller will have been given by then. */
interface Turn<C extends Queued> {
  served: number;
  call: C;
  readonly calls: SortedList<C>;
  /** The calls after it; `undefined` for the first one: of many lines, no other is needed. */
  rest: Iterator<C> | undefined;
}

/** Returns the calls of a group in the order in which they are served. */
export function* inOrder<C extends QueueItem>(group: Group<C>): Generator<C, void, undefined> {
  if (group.order.size === 1) {
    yield* group.order.first?.calls ?? [];
    return;
  }
  const lines = group.order[Symbol.iterator]();
  let next = lines.next().value;
  /** The lines that have had a turn or are about to, by their next calls. */
  const turns: Turn<C>[] = [];
  while (turns.length > 0 || next !== undefined) {
    const [turn] = turns;
    if (next && !(turn && isBefore(turn.served, turn.call, next.served, next))) {
      const { calls, caller } = next;
      const call = calls.first as C; // a line without calls is removed
      addTurn(turns, { served: caller.served, call, calls, rest: undefined });
      next = lines.next().value;
      continue;
    }
    if (turn === undefined) return;
    yield turn.call;
    turns.shift();
    turn.served += turn.call.units;
    const following = callAfter(turn);
    if (following === undefined) continue;
    turn.call = following;
    addTurn(turns, turn);
  }
}

function callAfter<C extends Queued>(turn: Turn<C>): C | undefined {
  if (turn.rest === undefined) {
    turn.rest = turn.calls[Symbol.iterator]();
    turn.rest.next();
  }
  return turn.rest.next().value;
}

function isBefore(served: number, call: Queued, otherServed: number, other: Queued): boolean {
  const difference = Math.floor(served) - Math.floor(otherServed);
  return difference < 0 || (difference === 0 && byDeadline(call, other) <= 0);
}

/** Adds a turn where it belongs: often at the end, since its caller has just been given some. */
function addTurn<C extends Queued>(turns: Turn<C>[], turn: Turn<C>): void {
  const isAfter = (at: number): boolean => {
    const { served, call } = turns[at] as Turn<C>;
    return isBefore(served, call, turn.served, turn.call);
  };
  let low = 0;
  let high = turns.length;
  if (high === 0 || isAfter(high - 1)) low = high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(middle)) low = middle + 1;
    else high = middle;
  }
  turns.splice(low, 0, turn);
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
