import assert from "node:assert/strict";
import { test } from "node:test";
import { Schedule } from "../../../src/runner/pool/schedule.ts";
import type { WorkSource } from "../../../src/runner/pool/work-source.ts";
import { seeded } from "../../support/random.ts";

/** A queue of calls that a worker takes one at a time. */
class Source implements WorkSource {
  readonly name: string;
  readonly share: number;
  /** The milliseconds of a call. */
  ms: number;
  waiting: number;
  waitingSince: number;
  served = 0;
  /** False while its policy waits. */
  mayRun = true;
  /** The milliseconds of a worker that it has used. */
  usedMs = 0;

  constructor(name: string, options: Partial<WorkSource> & { readonly ms?: number } = {}) {
    this.name = name;
    this.share = options.share ?? 1;
    this.ms = options.ms ?? 1;
    this.waiting = options.waiting ?? Number.POSITIVE_INFINITY;
    this.waitingSince = options.waitingSince ?? 0;
  }

  get workMs(): number {
    return this.waiting * this.ms;
  }

  take(): number | undefined {
    if (!this.mayRun) return undefined;
    this.waiting -= 1;
    this.usedMs += this.ms;
    return this.ms;
  }
}

function scheduleOf(...sources: readonly Source[]): Schedule {
  const schedule = new Schedule();
  for (const source of sources) schedule.add(source);
  return schedule;
}

/** Gives some turns, and returns the names of those that took them. */
function turns(schedule: Schedule, sources: readonly Source[], count: number): string {
  let names = "";
  while (names.length < count) {
    const before = sources.map(({ waiting, usedMs }) => [waiting, usedMs].join());
    if (!schedule.next()) break;
    const at = sources.findIndex((each, index) => {
      return [each.waiting, each.usedMs].join() !== before[index];
    });
    names += sources[at]?.name;
  }
  return names;
}

const CASES: readonly {
  readonly what: string;
  readonly sources: readonly Source[];
  readonly names: string;
}[] = [
  { what: "none without queues", sources: [], names: "" },
  { what: "none without calls", sources: [new Source("a", { waiting: 0 })], names: "" },
  { what: "all to the only queue", sources: [new Source("a", { waiting: 3 })], names: "aaa" },
  {
    what: "to queues in turns, the longest waiting one of equals first",
    sources: [new Source("a", { waitingSince: 2 }), new Source("b", { waitingSince: 1 })],
    names: "bababa",
  },
  {
    what: "by the time used: three of 1 ms for one of 3 ms",
    sources: [new Source("a", { ms: 3 }), new Source("b", { waitingSince: 1 })],
    names: "abbbabbbabbb",
  },
  {
    what: "by shares: one in eleven to a tenth of the usual share",
    sources: [new Source("a"), new Source("b", { share: 0.1, waitingSince: 1 })],
    names: "abaaaaaaaaaabaaaaaaaaaab",
  },
  {
    what: "all to a queue of a low share when the others are empty",
    sources: [new Source("a", { waiting: 2 }), new Source("b", { share: 0.1, waiting: 4 })],
    names: "ababbb",
  },
  {
    what: "to the next queue if the first has nothing to run yet",
    sources: [Object.assign(new Source("a"), { mayRun: false }), new Source("b", { waiting: 3 })],
    names: "bbb",
  },
];
for (const { what, sources, names } of CASES) {
  test(`Schedule gives turns ${what}`, () => {
    assert.equal(turns(scheduleOf(...sources), sources, Math.max(1, names.length)), names);
  });
}

test("Schedule lets a queue that was idle catch up: it has saved up no turns", () => {
  const [busy, idle] = [new Source("b"), new Source("i", { waiting: 0 })];
  const schedule = scheduleOf(busy, idle);
  assert.equal(turns(schedule, [busy, idle], 100).length, 100);
  idle.waiting = 50;
  idle.waitingSince = 1;
  // "b" had 99 ms before its last turn: "i" starts with as much.
  assert.equal(turns(schedule, [busy, idle], 7), "ibibibi");
});

test("Schedule does not forgive a queue what it used just before it was empty", () => {
  const [long, short] = [
    new Source("l", { waiting: 1, ms: 5 }),
    new Source("s", { waitingSince: 1 }),
  ];
  const schedule = scheduleOf(long, short);
  assert.equal(turns(schedule, [long, short], 2), "ls");
  long.waiting = 9;
  assert.equal(turns(schedule, [long, short], 5), "ssssl");
});

test("Schedule counts what runs have used beyond what was expected", () => {
  const [long, short] = [new Source("l"), new Source("s", { waitingSince: 1 })];
  const schedule = scheduleOf(long, short);
  assert.equal(turns(schedule, [long, short], 2), "ls");
  long.served += 3; // it took 4 ms, not 1
  assert.equal(turns(schedule, [long, short], 5), "sssls");
});

const COUNTS: readonly [waiting: readonly number[], sum: number, isContended: boolean][] = [
  [[], 0, false],
  [[0, 0], 0, false],
  [[5, 0], 5, false],
  [[5, 1, 0], 6, true],
];
for (const [waiting, sum, isContended] of COUNTS) {
  test(`Schedule counts the calls of queues with ${waiting.join(", ") || "none"}`, () => {
    const schedule = scheduleOf(...waiting.map((each) => new Source("", { waiting: each })));
    assert.deepEqual([schedule.waiting, schedule.isContended], [sum, isContended]);
  });
}

/** The milliseconds that the others use before a queue, which has used 20 ms, has used 10 more. */
const OTHERS: readonly {
  readonly what: string;
  readonly others: readonly (Partial<WorkSource> & { readonly ms?: number })[];
  readonly share?: number;
  readonly ms: number;
}[] = [
  { what: "no others", others: [], ms: 0 },
  { what: "others without calls", others: [{ waiting: 0 }], ms: 0 },
  { what: "one that has used as much", others: [{ served: 20 }], ms: 10 },
  { what: "one that has used less", others: [{ served: 15 }], ms: 15 },
  { what: "one that has used more", others: [{ served: 24 }], ms: 6 },
  { what: "one that has used much more", others: [{ served: 31 }], ms: 0 },
  { what: "one with less work", others: [{ served: 20, waiting: 2, ms: 3 }], ms: 6 },
  { what: "one of a tenth of its share", others: [{ served: 20, share: 0.1 }], ms: 1 },
  { what: "one of ten times its share", others: [{ served: 20 }], share: 0.1, ms: 100 },
  { what: "two", others: [{ served: 20 }, { served: 25, waiting: 1, ms: 2 }], ms: 12 },
];
for (const { what, others, share = 1, ms } of OTHERS) {
  test(`Schedule expects ${ms} ms of others before a queue beside ${what}`, () => {
    const own = new Source("own", { share });
    const rest = others.map(({ served = 0, ...options }) => {
      return Object.assign(new Source("", options), { served });
    });
    const schedule = scheduleOf(own, ...rest);
    // Once it is seen to wait, it has the service that it has.
    own.mayRun = false;
    for (const each of rest) each.mayRun = false;
    schedule.next();
    own.served = 20;
    assert.ok(Math.abs(schedule.othersMs(own, () => 10) - ms) < 1e-9);
  });
}

test("Schedule expects a queue that was idle to start with the service of the last turn", () => {
  const [busy, idle] = [new Source("b"), new Source("i", { waiting: 0 })];
  const schedule = scheduleOf(busy, idle);
  turns(schedule, [busy, idle], 21); // "b" has 21 ms, and had 20 before
  assert.equal(
    schedule.othersMs(idle, () => 5),
    4,
  );
  assert.equal(idle.served, 0);
});

test("Schedule gives queues with calls their shares, to within one turn", () => {
  seeded((random) => {
    for (let run = 0; run < 50; run++) {
      const sources = Array.from({ length: 2 + random.below(4) }, (_, at) => {
        return new Source(`${at}`, { share: random.of([1, 1, 0.1, 0.5]), waitingSince: at });
      });
      const schedule = scheduleOf(...sources);
      for (let turn = 0; turn < 500; turn++) {
        for (const source of sources) source.ms = 1 + random.below(10);
        assert.equal(schedule.next(), true);
        const used = sources.map(({ usedMs, share }) => usedMs / share);
        // A turn takes up to 10 ms: 100, by a share of a tenth.
        const spread = Math.max(...used) - Math.min(...used);
        assert.ok(spread <= 10 / Math.min(...sources.map(({ share }) => share)), `${used}`);
      }
    }
  });
});
