import assert from "node:assert/strict";
import { test } from "node:test";
import { Fitting, type Limits } from "../../../src/runner/batching/fitting.ts";
import type { Latency } from "../../../src/runner/latency/latency.ts";
import { type Call, call, calls, limits, line } from "./policy-case.ts";

type Options = Parameters<typeof call>[2];

const named = (name: string, rest: Options = {}): Call => call(name, 0, rest);

const by = (name: string, deadlineAt: number): Call => named(name, { deadlineAt });

/** Eight calls that may take for ever: a full batch. */
const LOOSE = calls(8);
const ALL = LOOSE.map(({ name }) => name);

/** A size of the least time a unit: 5. */
const CONVEX: Latency = { ...line(1, 10), best: (maxUnits) => Math.min(5, maxUnits) };

const CASES: readonly {
  readonly what: string;
  readonly calls: readonly Call[];
  readonly given?: Partial<Limits>;
  readonly batch: readonly string[];
  readonly closed?: string;
  readonly dropped?: readonly string[];
  readonly late?: readonly string[];
}[] = [
  { what: "one call", calls: [named("a")], batch: ["a"] },
  { what: "all calls, which fill a batch", calls: LOOSE, batch: ALL, closed: "full" },
  {
    what: "calls and a part of the last one",
    calls: [named("a", { rows: 6 }), named("b", { rows: 5 }), named("c")],
    batch: ["a", "b:2"],
    closed: "full",
  },
  {
    what: "calls up to one that must stay whole and has no room",
    calls: [named("a", { rows: 6 }), named("b", { rows: 3, whole: true }), named("c")],
    batch: ["a"],
    closed: "unsplittable",
  },
  {
    what: "a call that must stay whole and has just room",
    calls: [named("a", { rows: 6 }), named("b", { rows: 2, whole: true }), named("c")],
    batch: ["a", "b"],
    closed: "full",
  },
  {
    what: "a call without rows, too",
    calls: [named("a", { rows: 0 }), named("b")],
    batch: ["a", "b"],
  },
  {
    what: "a call without rows alone, if it has no time for others",
    calls: [named("a", { rows: 0, deadlineAt: 10.5 }), named("b")],
    batch: ["a"],
    closed: "deadline",
  },
  {
    what: "one call, with batching off",
    calls: LOOSE,
    given: { strategy: { name: "off" } },
    batch: ["0"],
    closed: "idle",
  },
  {
    what: "no more units than take the least time each",
    calls: LOOSE,
    given: { latency: CONVEX },
    batch: ["0", "1", "2", "3", "4"],
    closed: "full",
  },
  {
    what: "no more rows of a weight than take the least time each",
    calls: calls(8, { weight: 2 }),
    given: { latency: CONVEX },
    batch: ["0", "1"],
    closed: "full",
  },
  {
    what: "one row at least",
    calls: calls(8, { weight: 9 }),
    given: { latency: CONVEX, maxBatchWeight: 7 },
    batch: ["0"],
    closed: "full",
  },
  {
    what: "no more units than are allowed",
    calls: calls(8, { weight: 2 }),
    given: { maxBatchWeight: 7 },
    batch: ["0", "1", "2"],
    closed: "full",
  },
  // Deadlines.
  {
    what: "as many calls as the first deadline has time for",
    calls: [by("a", 13), by("b", 13), by("c", 20), by("d", 20)],
    batch: ["a", "b", "c"],
    closed: "deadline",
  },
  {
    what: "as many calls as it has time for with usual deviations",
    calls: [by("a", 13), by("b", 13), by("c", 20), by("d", 20)],
    given: { latency: { ...line(1, 10), deviation: () => 0.5 } },
    batch: ["a", "b"],
    closed: "deadline",
  },
  {
    what: "all calls where deadlines have just time",
    calls: [by("a", 13), by("b", 13), by("c", 13)],
    batch: ["a", "b", "c"],
  },
  {
    // With b, 3 rows end at 13.
    what: "what fits beside a call that would be late in it, and has time for the next batch",
    calls: [named("a", { rows: 2 }), by("b", 12), named("c")],
    batch: ["a", "c"],
  },
  {
    what: "what is left where calls would be late even alone",
    calls: [by("a", 10.9), by("b", 11), by("c", 10)],
    batch: ["b"],
    late: ["a", "c"],
  },
  {
    what: "the next rows of a call that has no time for all of them",
    calls: [named("a", { rows: 100, deadlineAt: 18 })],
    batch: ["a:8"],
    closed: "full",
  },
  // A call at the head that has time for 2 rows: they answer 2 in 12 ms, a full batch 8 in 18.
  {
    // 2 now and 7 in the next batch, against 8.
    what: "a head that makes it small, while time is cheap",
    calls: [by("head", 12), ...LOOSE],
    batch: ["head", "0"],
    closed: "deadline",
  },
  {
    // (2 - 0.4 x 12) + (7 - 0.4 x 17) = -2.6, against 8 - 0.4 x 18 = 0.8.
    what: "a full batch without a head that makes it small, while time is scarce",
    calls: [by("head", 12), ...LOOSE],
    given: { price: 0.4 },
    batch: ALL,
    closed: "full",
    dropped: ["head"],
  },
  {
    what: "a full batch, and leaves a head that makes it small to another free worker",
    calls: [by("head", 12), ...LOOSE],
    given: { price: 0.4, free: 2, nextFreeInMs: 0 },
    batch: ALL,
    closed: "full",
  },
  {
    what: "a full batch, and drops a head for which the next worker is free too late",
    calls: [by("head", 12), ...LOOSE],
    given: { price: 0.4, nextFreeInMs: 1.1 },
    batch: ALL,
    closed: "full",
    dropped: ["head"],
  },
  {
    what: "a full batch, and leaves a head for which the next worker is free in time",
    calls: [by("head", 12), ...LOOSE],
    given: { price: 0.4, nextFreeInMs: 1 },
    batch: ALL,
    closed: "full",
  },
  {
    // 7 now and 2 in the next batch, against 8 and 1.
    what: "a head that leaves room for most others, while time is cheap",
    calls: [by("head", 17), ...LOOSE, named("9th")],
    batch: ["head", "0", "1", "2", "3", "4", "5"],
    closed: "deadline",
  },
  {
    what: "a full batch without several at the head, but drops only those that it makes late",
    calls: [by("tight", 12), named("loose"), by("tight too", 12), ...LOOSE],
    given: { price: 0.4 },
    batch: ALL,
    closed: "full",
    dropped: ["tight", "tight too"],
  },
  {
    what: "a head that makes it small if nothing larger is behind it",
    calls: [by("a", 12), by("b", 12), by("c", 12)],
    given: { price: 0.4 },
    batch: ["a", "b"],
    closed: "deadline",
  },
  // Rows of unlike weight.
  {
    what: "calls of like weight",
    calls: [named("20", { weight: 20 }), named("1"), named("21", { weight: 21 })],
    batch: ["20", "21"],
    closed: "padding",
  },
  {
    what: "the first rows of a large call, without others of other weights",
    calls: [named("large", { rows: 20, weight: 2 }), named("other")],
    given: { maxBatchWeight: 10 },
    batch: ["large:5"],
    closed: "full",
  },
  {
    what: "a call that must stay whole, even if it is heavier than is allowed",
    calls: [named("whole", { rows: 6, weight: 2, whole: true }), named("other")],
    given: { maxBatchWeight: 10 },
    batch: ["whole"],
    closed: "full",
  },
];
for (const { what, given, batch, closed, dropped = [], late = [], ...of } of CASES) {
  test(`Fitting chooses ${what}`, () => {
    const fitting = new Fitting(of.calls, limits(given));
    const best = fitting.best();
    const names = best.fit.shares.map(({ call: { name, rows }, rows: share }) =>
      share < rows ? `${name}:${share}` : name,
    );
    const found = { names, closed: best.fit.closed };
    assert.deepEqual(found, { names: batch, closed });
    assert.deepEqual(
      best.dropped.map(({ name }) => name),
      dropped,
    );
    // Later calls are looked at only as far as they matter.
    while (fitting.late.length < late.length) fitting.fit(0);
    assert.deepEqual(
      fitting.late.map(({ name }) => name),
      late,
    );
  });
}

/** The first call that is not late, by the number of free workers. */
const FIRST: readonly [what: string, calls: readonly Call[], free: number, first?: string][] = [
  ["none of none", [], 1],
  ["none of late ones", [by("a", 10)], 1],
  ["one that must start now, with a free worker", [by("a", 11)], 1, "a"],
  ["none that must start now, without a free worker", [by("a", 11)], 0],
  ["one that must start later, without a free worker", [by("a", 11.1)], 0, "a"],
];
for (const [what, some, free, first] of FIRST) {
  test(`Fitting starts with ${what}`, () => {
    const fitting = new Fitting(some, limits({ free }));
    assert.equal(fitting.first?.name, first);
    assert.equal(fitting.late.length, first === undefined ? some.length : 0);
  });
}
