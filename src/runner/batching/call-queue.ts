/**
 * CallQueue: the waiting calls of one lane of a method, in the order in which they are served:
 * callers by what they have been given so far, and among equals the earliest deadline first.
 * @module
 */

import { byDeadline, type Queued, SortedList } from "./sorted-list.ts";

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
interface Caller {
  /**
   * The units that it has been given. A caller that was idle starts with as many as the others had
   * when the last batch was taken: idleness earns nothing.
   */
  served: number;
  /** The number of its waiting calls. */
  waiting: number;
}

/** The calls of one key and one caller, with the sort key that its group has them under. */
interface Line<C extends Queued> extends Queued {
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

/** Idle callers are forgotten when there are this many more of them than of waiting ones. */
const MAX_IDLE = 64;

/** The waiting calls of a lane. Adding a call and taking one take logarithmic time. */
export class CallQueue<C extends QueueItem> {
  readonly #groups = new Map<string, Group<C>>();
  readonly #callers = new Map<string | undefined, Caller>();
  #served = 0;
  #waitingCallers = 0;
  /** The number of rows of all waiting calls. */
  rows = 0;
  /** The number of units of all waiting calls. */
  units = 0;
  /** The number of waiting calls, including those of which some rows have been sent. */
  calls = 0;
  /** A time that is not after the earliest deadline; Infinity when none waits. */
  earliestAt: number = Number.POSITIVE_INFINITY;

  /** The number of keys. */
  get keys(): number {
    return this.#groups.size;
  }

  add(call: C): void {
    const group = this.#groupOf(call.key);
    const line = this.#lineOf(group, call.caller);
    if (line.caller.waiting === 0) {
      this.#waitingCallers += 1;
      line.caller.served = Math.max(line.caller.served, this.#served);
    }
    line.caller.waiting += 1;
    line.calls.add(call);
    if (line.calls.first === call) this.#place(group, line);
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
      if (group.lines.size === 0) this.#groups.delete(call.key);
    } else if (isFirst) this.#place(group, line);
    if (this.calls === 0) this.earliestAt = Number.POSITIVE_INFINITY;
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
    const [first] = shares;
    if (first !== undefined) {
      const served = this.#callers.get(first.call.caller)?.served ?? 0;
      this.#served = Math.max(this.#served, served);
    }
    const taken = shares.map(({ call, rows }) => {
      const unitsOfRows = rows * call.weight;
      const caller = this.#callers.get(call.caller);
      if (rows === call.rows) this.remove(call);
      else this.#shrink(call, rows, unitsOfRows);
      if (caller !== undefined) caller.served += unitsOfRows;
      return take(call, rows);
    });
    this.#forgetIdle();
    return taken;
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

  /** Returns the earliest deadline of the calls of a key. */
  earliestOf(key: string): number {
    const group = this.#groups.get(key);
    let earliestAt = Number.POSITIVE_INFINITY;
    if (group?.lines.size === 1) return group.order.first?.deadlineAt ?? earliestAt;
    for (const { deadlineAt } of group?.lines.values() ?? []) {
      earliestAt = Math.min(earliestAt, deadlineAt);
    }
    return earliestAt;
  }

  /** Returns the units that wait under a key. */
  unitsOf(key: string): number {
    return this.#groups.get(key)?.units ?? 0;
  }

  /**
   * Returns the groups in the order of their first calls.
   *
   * @param most the most groups to return
   */
  first(most: number): Group<C>[] {
    if (this.#groups.size <= 1) return [...this.#groups.values()];
    const groups: Group<C>[] = [];
    for (const group of this.#groups.values()) {
      const line = this.#firstLine(group);
      const last = groups.at(-1);
      if (groups.length >= most && last && compareLines(line, this.#firstLine(last)) > 0) continue;
      let at = groups.length;
      while (at > 0 && compareLines(line, this.#firstLine(groups[at - 1] as Group<C>)) < 0) at -= 1;
      groups.splice(at, 0, group);
      if (groups.length > most) groups.pop();
    }
    return groups;
  }

  /** Returns the calls of a group in the order in which they are served. */
  *inOrder(group: Group<C>): Generator<C, void, undefined> {
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

  #lineOf(group: Group<C>, name: string | undefined): Line<C> {
    const known = group.lines.get(name);
    if (known !== undefined) return known;
    const caller = this.#callers.get(name) ?? { served: this.#served, waiting: 0 };
    this.#callers.set(name, caller);
    const calls = new SortedList<C>(byDeadline);
    const made: Line<C> = { caller, calls, served: 0, deadlineAt: 0, order: UNPLACED, units: 0 };
    group.lines.set(name, made);
    return made;
  }

  /** Puts a line where it belongs by its caller and its first call. */
  #place({ order }: Group<C>, line: Line<C>): void {
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
  #firstLine(group: Group<C>): Line<C> {
    for (;;) {
      const line = group.order.first as Line<C>; // an empty group is removed
      if (line.served === Math.floor(line.caller.served)) return line;
      this.#place(group, line); // its caller has been served since, under this key or another
    }
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

  #forgetIdle(): void {
    if (this.#callers.size <= 2 * this.#waitingCallers + MAX_IDLE) return;
    for (const [name, { waiting, served }] of this.#callers) {
      if (waiting === 0 && served <= this.#served) this.#callers.delete(name);
    }
  }
}

/** The order of a line that is not yet in its group. */
const UNPLACED = -1;

/** Orders lines by what their callers have been given, in whole units, then by deadline. */
function compareLines<C extends Queued>(one: Line<C>, other: Line<C>): number {
  return one.served - other.served || byDeadline(one, other);
}
