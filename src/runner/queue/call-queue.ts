/**
 * CallQueue: the waiting calls of one lane of a method, in the order in which they are served:
 * callers by what they have been given so far, and among equals the earliest deadline first.
 * @module
 */

import {
  type Caller,
  compareLines,
  firstLine,
  type Group,
  type Line,
  place,
  type QueueItem,
  UNPLACED,
} from "./call-group.ts";
import { byDeadline, SortedList } from "./sorted-list.ts";

/** The most idle callers that are remembered, beside as many as there are waiting ones. */
const MAX_IDLE = 64;

/** The most callers whose deadlines are compared for each new call. */
const MAX_COMPARED = 16;

/** The waiting calls of a lane. Adding a call and taking one take logarithmic time. */
export class CallQueue<C extends QueueItem> {
  /** Replaced when it is empty: see `remove()`. */
  #groups = new Map<string, Group<C>>();
  readonly #callers = new Map<string | undefined, Caller>();
  #served = 0;
  #waitingCallers = 0;
  /** The number of rows of all waiting calls. */
  rows = 0;
  /** The number of units of all waiting calls. */
  units = 0;
  /** The number of waiting calls, including those of which some rows have been sent. */
  calls = 0;
  /** The order of the call that arrived when none waited. */
  waitingSince = 0;
  /** A time that is not after the earliest deadline; Infinity when none waits. */
  earliestAt: number = Number.POSITIVE_INFINITY;

  /** The number of callers that are remembered: those with waiting calls, and some idle ones. */
  get callers(): number {
    return this.#callers.size;
  }

  /** The number of keys. */
  get keys(): number {
    return this.#groups.size;
  }

  add(call: C): void {
    if (this.calls === 0) this.waitingSince = call.order;
    const group = this.#groupOf(call.key);
    const line = this.#lineOf(group, call.caller);
    if (line.caller.waiting === 0) {
      this.#waitingCallers += 1;
      line.caller.served = Math.max(line.caller.served, this.#served);
    }
    line.caller.waiting += 1;
    line.calls.add(call);
    if (line.calls.first === call) place(group, line);
    this.#count(group, call, 1);
    this.earliestAt = Math.min(this.earliestAt, call.deadlineAt);
  }

  /** Removes a call. Returns false if it does not wait. */
  remove(call: C): boolean {
    const group = this.#groups.get(call.key);
    const line = group?.lines.get(call.caller);
    if (group === undefined || line === undefined) return false;
    const isFirst = line.calls.first === call;
    if (!line.calls.remove(call)) return false;
    line.caller.waiting -= 1;
    if (line.caller.waiting === 0) this.#waitingCallers -= 1;
    this.#count(group, call, -1);
    if (line.calls.size === 0) {
      group.order.remove(line);
      group.lines.delete(call.caller);
      if (group.lines.size === 0) this.#removeGroup(call.key);
    } else if (isFirst) place(group, line);
    if (this.calls === 0) {
      this.earliestAt = Number.POSITIVE_INFINITY;
      this.units = 0; // fractions are summed up with rounding errors
    }
    return true;
  }

  /**
   * Takes some rows of the calls of a batch.
   *
   * @param take takes the rows of a call
   */
  takeRows<T>(
    shares: readonly { readonly call: C; readonly rows: number }[],
    take: (call: C, rows: number) => T,
  ): T[] {
    let least = Number.POSITIVE_INFINITY;
    for (const { call } of shares) least = Math.min(least, this.#servedOf(call));
    if (shares.length > 0) this.#served = Math.max(this.#served, least);
    return shares.map(({ call, rows }) => {
      const unitsOfRows = rows * call.weight;
      const caller = this.#callers.get(call.caller);
      // Before its line is moved, so that it is moved once.
      if (caller !== undefined) caller.served += unitsOfRows;
      if (rows === call.rows) this.remove(call);
      else this.#shrink(call, rows, unitsOfRows);
      return take(call, rows);
    });
  }

  /** Returns the units of the calls that go before a new one and can be joined with it. */
  unitsBefore(key: string, caller: string | undefined, units: number, deadlineAt: number): number {
    const group = this.#groups.get(key);
    if (group === undefined) return 0;
    const line = group.lines.get(caller);
    const own = line?.calls.unitsWhile((call) => call.deadlineAt <= deadlineAt) ?? 0;
    const others = group.lines.size - Number(line !== undefined);
    // Each other caller is given as much before it as its own is, at most.
    return others === 0
      ? own
      : own + Math.min(group.units - (line?.calls.units ?? 0), others * (own + units));
  }

  /**
   * Returns the earliest deadline of the calls of a key; of many callers, that of the one that is
   * served first.
   */
  earliestOf(key: string): number {
    const group = this.#groups.get(key);
    let earliestAt = group?.order.first?.deadlineAt ?? Number.POSITIVE_INFINITY;
    if (group === undefined || group.lines.size > MAX_COMPARED) return earliestAt;
    for (const { deadlineAt } of group.lines.values()) {
      earliestAt = Math.min(earliestAt, deadlineAt);
    }
    return earliestAt;
  }

  /** Returns the units that wait under other keys: exactly 0 if there are none. */
  otherUnits(key: string): number {
    const group = this.#groups.get(key);
    const others = this.#groups.size - Number(group !== undefined);
    return others > 0 ? this.units - (group?.units ?? 0) : 0;
  }

  /**
   * Returns the groups in the order of their first calls.
   *
   * @param most the most groups to return
   */
  first(most: number): Group<C>[] {
    if (this.#groups.size <= 1) return [...this.#groups.values()];
    const found: { readonly group: Group<C>; readonly line: Line<C> }[] = [];
    let last: Line<C> | undefined;
    for (const group of this.#groups.values()) {
      const line = firstLine(group);
      if (last !== undefined && compareLines(line, last) > 0) continue;
      let at = found.length;
      while (at > 0 && compareLines(line, (found[at - 1] ?? { line }).line) < 0) at -= 1;
      found.splice(at, 0, { group, line });
      if (found.length > most) found.pop();
      if (found.length === most) last = found.at(-1)?.line;
    }
    return found.map(({ group }) => group);
  }

  /** Returns the calls whose deadline has passed. */
  lateCalls(now: number): C[] {
    const late: C[] = [];
    let earliestAt = Number.POSITIVE_INFINITY;
    for (const { lines } of this.#groups.values()) {
      for (const { calls } of lines.values()) {
        for (const call of calls) {
          if (call.deadlineAt > now) {
            earliestAt = Math.min(earliestAt, call.deadlineAt);
            break;
          }
          late.push(call);
        }
      }
    }
    this.earliestAt = earliestAt;
    return late;
  }

  /**
   * Returns the last call of the caller with the most waiting calls; `undefined` if another one
   * would then have as many.
   */
  lastOfFullest(another: string | undefined): C | undefined {
    let most = (this.#callers.get(another)?.waiting ?? 0) + 1;
    let fullest = another;
    for (const [name, { waiting }] of this.#callers) {
      if (waiting <= most) continue;
      most = waiting;
      fullest = name;
    }
    if (fullest === another) return undefined;
    let last: C | undefined;
    for (const { lines } of this.#groups.values()) {
      const call = lines.get(fullest)?.calls.last;
      if (call && (last === undefined || byDeadline(call, last) > 0)) last = call;
    }
    return last;
  }

  /** Returns every waiting call. */
  all(): C[] {
    const lines = [...this.#groups.values()].flatMap((group) => [...group.lines.values()]);
    return lines.flatMap(({ calls }) => [...calls]);
  }

  #groupOf(key: string): Group<C> {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const made = { key, lines: new Map(), order: new SortedList(compareLines<C>), units: 0 };
    this.#groups.set(key, made);
    return made;
  }

  /**
   * Removes a group. A map that stays in memory while entries come and go is replaced when it is
   * empty: engines link its old tables to the new ones, so that its garbage, with the calls in it,
   * outlives all but full collections, and each small one takes tens of milliseconds.
   */
  #removeGroup(key: string): void {
    if (this.#groups.size === 1) this.#groups = new Map();
    else this.#groups.delete(key);
  }

  #lineOf(group: Group<C>, name: string | undefined): Line<C> {
    const known = group.lines.get(name);
    if (known !== undefined) return known;
    const caller = this.#callerOf(name);
    const calls = new SortedList<C>(byDeadline);
    const made: Line<C> = { caller, calls, served: 0, deadlineAt: 0, order: UNPLACED, units: 0 };
    group.lines.set(name, made);
    return made;
  }

  /** Takes some rows of a call, which keeps its place. */
  #shrink(call: C, rows: number, units: number): void {
    const group = this.#groups.get(call.key);
    group?.lines.get(call.caller)?.calls.change(call, -units);
    if (group !== undefined) group.units -= units;
    this.units -= units;
    this.rows -= rows;
  }

  #count(group: Group<C>, { rows, units }: C, sign: 1 | -1): void {
    group.units += sign * units;
    this.units += sign * units;
    this.rows += sign * rows;
    this.calls += sign;
  }

  #servedOf({ caller }: C): number {
    return this.#callers.get(caller)?.served ?? 0;
  }

  #callerOf(name: string | undefined): Caller {
    const known = this.#callers.get(name);
    if (known !== undefined) return known;
    if (this.#callers.size >= 2 * this.#waitingCallers + MAX_IDLE) this.#forgetIdle();
    const made = { served: this.#served, waiting: 0 };
    this.#callers.set(name, made);
    return made;
  }

  /** Forgets most of the idle callers: those that have been given least, who gain least by it. */
  #forgetIdle(): void {
    const idle = [...this.#callers].filter(([, { waiting }]) => waiting === 0);
    idle.sort(([, one], [, other]) => other.served - one.served);
    for (const [name] of idle.slice(MAX_IDLE / 2)) this.#callers.delete(name);
  }
}
