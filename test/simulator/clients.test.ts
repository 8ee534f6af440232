import assert from "node:assert/strict";
import { test } from "node:test";
import { off } from "../../src/runner/batching/batch-options.ts";
import { uniform } from "../../src/simulator/arrivals.ts";
import type { CallerGroup } from "../../src/simulator/clients.ts";
import { flat, linear } from "../../src/simulator/cost.ts";
import type { CallsReport, EndedCall } from "../../src/simulator/report.ts";
import { NO_COSTS, type Simulation, simulate } from "../../src/simulator/simulate.ts";

/** Calls of 10 ms each, one after the other. */
const ONE_BY_ONE = {
  methods: { work: { cost: flat({ b: 10 }) } },
  batch: { strategy: off() },
  costs: NO_COSTS,
};

async function ends(
  group: CallerGroup,
  different: Partial<Simulation> = {},
): Promise<{ ended: EndedCall[]; total: CallsReport; computed: number; answered: number }> {
  const ended: EndedCall[] = [];
  const onEnd = (call: EndedCall): void => void ended.push(call);
  const report = await simulate({ ...ONE_BY_ONE, ...different, groups: [group], onEnd });
  const { rowsComputed = 0, rowsAnswered = 0 } = report.methods["work"] ?? {};
  return { ended, total: report.total, computed: rowsComputed, answered: rowsAnswered };
}

const near = (value: number): number => Math.round(value * 1e6) / 1e6;

test("a call costs its way there and back, and the main thread's time", async () => {
  const costs = { requestMs: 1, answerMs: 2, batchMs: 3, hopMs: 4, wireMs: 5, loadMs: 0 };
  const { ended } = await ends({ arrivals: [0] }, { costs });
  assert.equal(near(ended[0]?.ms ?? 0), 5 + 1 + 4 + 10 + 4 + 3 + 2 + 5);
});

test("answers of one batch are written one after the other, before other requests", async () => {
  const { ended } = await ends(
    { arrivals: [0, 0, 0, 10.5] },
    {
      costs: { ...NO_COSTS, answerMs: 2 },
      batch: {},
      methods: { work: { cost: flat({ b: 10 }) } },
    },
  );
  // The first is sent alone or with the others of its moment, as the policy says.
  const times = ended.map(({ sentAt, ms }) => near(sentAt + ms)).sort((one, other) => one - other);
  for (const [at, time] of times.entries()) {
    assert.ok(time - (times[at - 1] ?? 0) >= 2, `${times}`);
  }
});

test("a client that leaves gets no answer, and what has begun is computed for nobody", async () => {
  const { ended, total, computed, answered } = await ends({ arrivals: [0, 0, 0], patienceMs: 15 });
  assert.deepEqual(
    ended.map(({ outcome, ms }) => [outcome, near(ms)]),
    [
      ["answered", 10],
      ["left", 15],
      ["left", 15],
    ],
  );
  assert.equal(total.left, 2);
  assert.deepEqual([computed, answered], [2, 1]);
});

test("a call that states a deadline is answered, refused or expired by then", async () => {
  const { ended } = await ends({ arrivals: [0, 0, 0, 0], deadlineMs: 25 });
  for (const { outcome, ms, isInTime } of ended) {
    assert.ok(ms <= 25 && isInTime === (outcome === "answered"), `${outcome} after ${ms} ms`);
  }
  assert.ok(ended.filter(({ outcome }) => outcome === "answered").length >= 1);
  assert.ok(ended.some(({ outcome }) => outcome === "refused" || outcome === "expired"));
});

test("a goal says what is late; the server knows only the deadline", async () => {
  const { total } = await ends({ arrivals: [0, 0, 0], goalMs: 15 });
  assert.deepEqual([total.answered, total.inTime, total.late], [3, 1, 2]);
});

test("callers of a closed loop send their next call after the answer and a pause", async () => {
  const { ended } = await ends({ parallel: 1, thinkMs: 5, durationMs: 50 });
  assert.deepEqual(
    ended.map(({ sentAt }) => near(sentAt)),
    [0, 15, 30, 45],
  );
});

test("a closed loop goes on after refusals, for its duration", async () => {
  const batch = { maxQueueRows: 1, strategy: off() };
  const { total } = await ends({ parallel: 5, durationMs: 100 }, { batch });
  assert.ok(total.refused > 10, `${total.refused} refused`);
  assert.ok(total.answered >= 10, `${total.answered} answered`);
});

test("a pause stops everything, and arrivals pile up behind it", async () => {
  const { ended } = await ends({ arrivals: [0, 20, 30, 200] }, { pauses: [{ atMs: 5, ms: 100 }] });
  assert.deepEqual(
    ended.map(({ sentAt, ms }) => [sentAt, near(sentAt + ms)]),
    [
      [0, 110],
      [20, 120],
      [30, 130],
      [200, 210],
    ],
  );
});

test("an outlier is the first batch from its time on", async () => {
  const methods = { work: { cost: flat({ b: 10 }), outliers: [{ atMs: 15, ms: 40 }] } };
  const { ended } = await ends({ arrivals: uniform(50, 60) }, { methods });
  assert.deepEqual(
    ended.map(({ ms }) => near(ms)),
    [10, 40, 30],
  );
});

test("the calls of a trace have rows, deadlines, patience and lanes of their own", async () => {
  const arrivals = [
    { at: 0, rows: 3 },
    { at: 100, patienceMs: 2 },
    { at: 200, deadlineMs: 5 },
    { at: 300, lane: "bulk" as const },
  ];
  const methods = { work: { cost: linear({ a: 10, b: 0 }) } };
  const { ended } = await ends({ arrivals }, { methods, batch: {} });
  assert.deepEqual(
    ended.map(({ rows, outcome }) => [rows, outcome === "expired" ? "refused" : outcome]),
    [
      [3, "answered"],
      [1, "left"],
      // Or expired, if it was tried whether it takes less by now.
      [1, "refused"],
      [1, "answered"],
    ],
  );
});

test("groups have reports of their own, by method and by name", async () => {
  const { groups, methods, total } = await simulate({
    methods: { one: { cost: flat({ b: 1 }) }, two: { kind: "plain", cost: flat({ b: 2 }) } },
    groups: [
      { arrivals: uniform(100, 100) },
      { name: "second", method: "two", arrivals: uniform(50, 100), rows: { uniform: [1, 1] } },
    ],
    workers: 2,
  });
  assert.deepEqual(
    groups.map(({ name, calls }) => [name, calls]),
    [
      ["one", 10],
      ["second", 5],
    ],
  );
  assert.equal(total.calls, 15);
  assert.deepEqual([methods["one"]?.rowsAnswered, methods["two"]?.count], [10, 5]);
});

test("simulate() bounds the calls and the time, and knows its methods", async () => {
  const calls = { arrivals: uniform(1_000, 1_000) };
  await assert.rejects(
    simulate({ ...ONE_BY_ONE, groups: [calls], maxCalls: 10 }),
    /^RangeError: More than 10 calls were sent$/,
  );
  await assert.rejects(
    simulate({ ...ONE_BY_ONE, groups: [{ arrivals: uniform(1e4, 1e6) }], limitMs: 1 }),
    /^Error: The simulation did not end within 0\.001 seconds$/,
  );
  await assert.rejects(
    simulate({ ...ONE_BY_ONE, groups: [{ method: "none", arrivals: [0] }] }),
    /^RangeError: There is no method "none" to call$/,
  );
});

test("weights reach the runner, which pads less than it would without them", async () => {
  const padding = async (isWeighted: boolean): Promise<number> => {
    const { methods } = await simulate({
      methods: { text: { cost: linear({ a: 1, b: 1 }), isWeighted, warmUpWeight: 20 } },
      groups: [{ parallel: 32, durationMs: 20_000, weight: { choices: [...CHOICES] } }],
      seed: 3,
    });
    const { paddedUnits = 0, realUnits = 1 } = methods["text"] ?? {};
    return paddedUnits / realUnits;
  };
  const [weighted, counted] = [await padding(true), await padding(false)];
  assert.ok(weighted < counted, `${weighted} with weights, ${counted} without`);
});

const CHOICES = [
  [10, 8],
  [100, 2],
] as const;
