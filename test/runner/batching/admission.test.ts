import assert from "node:assert/strict";
import { test } from "node:test";
import { Admission, type Applicant } from "../../../src/runner/batching/admission.ts";
import {
  type BatchOptions,
  batchSettings,
  off,
} from "../../../src/runner/batching/batch-options.ts";
import type { Lane } from "../../../src/runner/call-options.ts";
import type { Latency } from "../../../src/runner/latency/latency.ts";
import type { ShedReason } from "../../../src/runner/metrics/runner-events.ts";
import { LaneQueue } from "../../../src/runner/queue/lane-queue.ts";
import { QueuedCall } from "../../../src/runner/queue/queued-call.ts";
import { line, NEVER } from "./policy-case.ts";

const NOW = 1_000;
const UNKNOWN: Latency = { ...line(0, 0), known: false };

let arrivals = 0;

const queued = (options: Partial<Applicant>): QueuedCall =>
  new QueuedCall({
    ...{ input: undefined, rows: 1, weight: 1, key: "", caller: undefined, lane: "interactive" },
    ...{ order: arrivals++, whole: false, enqueuedAt: 0, deadlineAt: NEVER, axisOut: 0 },
    ...options,
    unjoinable: () => {},
  });

const many = (count: number, options: Partial<Applicant> = {}): Partial<Applicant>[] =>
  Array.from({ length: count }, () => options);

interface Situation {
  /** The options beside the settings: at most 4 rows in a batch, and 8 in the queue. */
  readonly options?: BatchOptions;
  /** A batch of n units takes n + 2 ms unless said: up to 6 ms. */
  readonly latency?: Latency;
  readonly freeInMs?: readonly number[];
  /** The milliseconds that the other queues use, by those that this one does. */
  readonly othersMs?: (ms: number) => number;
  /** The calls that wait, with the deadline of the call unless said. */
  readonly waiting?: readonly Partial<Applicant>[];
  /** The time since the last batch. */
  readonly idleMs?: number;
  /** Admitted calls of each lane that were refused later. */
  readonly refusedLater?: Partial<Record<Lane, number>>;
}

function admit(call: Partial<Applicant>, situation: Situation = {}): ShedReason | undefined {
  const { options, latency = line(1, 2), freeInMs = [0], waiting = [], idleMs = 0 } = situation;
  const admission = new Admission({
    settings: batchSettings(options, { maxBatchSize: 4, maxQueueRows: 8 }),
    latency,
    workers: {
      free: freeInMs.filter((ms) => ms === 0).length,
      ahead: 0,
      size: freeInMs.length,
      freeInMs: () => freeInMs,
      othersMs: (_, ms) => situation.othersMs?.(ms()) ?? 0,
      dispatch: () => {},
      runNow: () => Promise.reject(new Error("nothing runs")),
    },
  });
  for (const [lane, count] of Object.entries(situation.refusedLater ?? {})) {
    for (let call = 0; call < count; call++) admission.left(lane as Lane, true, 0, NOW);
  }
  const queue = new LaneQueue(
    "interactive",
    () => 0,
    () => undefined,
  );
  const applicant = {
    ...{ key: "", caller: undefined, lane: "interactive" as const },
    ...{ rows: 1, weight: 1, deadlineAt: NEVER, ...call },
  };
  const { deadlineAt } = applicant;
  for (const each of waiting) queue.add(queued({ deadlineAt, ...each }));
  const refuse = (): never => {
    throw new Error("no call gives up its place");
  };
  const others = { queue, lastSentAt: NOW - idleMs, refuse };
  return admission.refusalOf(applicant, NOW, others)?.reason;
}

const REASONS: readonly [
  what: string,
  call: Partial<Applicant>,
  situation: Situation,
  reason: ShedReason | undefined,
][] = [
  ["a call for the last place", {}, { waiting: many(7) }, undefined],
  ["a call without a place", {}, { waiting: many(8) }, "queue_full"],
  ["a call with more rows than places", { rows: 3 }, { waiting: many(6) }, "queue_full"],
  ["a call with as many rows as places", { rows: 2 }, { waiting: many(6) }, undefined],
  ["a call larger than the queue, alone", { rows: 20 }, {}, undefined],
  ["a call larger than the queue, behind another", { rows: 20 }, { waiting: [{}] }, "queue_full"],
  ["a call without rows for the last place", { rows: 0 }, { waiting: many(7) }, undefined],
  ["a call without rows or a place", { rows: 0 }, { waiting: many(8) }, "queue_full"],
  [
    "a call without rows behind as many of the kind as have room",
    { rows: 0 },
    { waiting: many(8, { rows: 0 }) },
    "queue_full",
  ],
  [
    "a call of any deadline while nothing is known",
    { deadlineAt: NOW + 1 },
    { latency: UNKNOWN },
    undefined,
  ],
  ["a call whose deadline is now", { deadlineAt: NOW }, { latency: UNKNOWN }, "deadline"],
];
for (const [what, call, situation, reason] of REASONS) {
  test(`Admission ${reason === undefined ? "admits" : `refuses (${reason})`} ${what}`, () => {
    assert.equal(admit(call, situation), reason);
  });
}

/** Calls that need some time: they are refused if they have any less. */
const TIMES: readonly [
  what: string,
  call: Partial<Applicant>,
  situation: Situation,
  neededMs: number,
][] = [
  ["alone", {}, {}, 3],
  ["behind a run", {}, { freeInMs: [7] }, 7 + 3],
  ["with others in its batch", {}, { waiting: many(2) }, 5],
  ["behind a full batch", {}, { waiting: many(4) }, 6 + 3],
  ["before those with later deadlines", {}, { waiting: many(4, { deadlineAt: NOW + 99 }) }, 3],
  ["of several rows", { rows: 3 }, {}, 5],
  ["of more rows than a batch has", { rows: 10 }, { options: { maxQueueRows: 99 } }, 6 + 6 + 4],
  ["of heavy rows", { rows: 2, weight: 3 }, {}, 8],
  [
    // 2 rows of weight 3 in a batch: 6 units in 8 ms, and then one row in 5 ms.
    "of rows of which few are in a batch, by their weight",
    { rows: 3, weight: 3 },
    { options: { maxBatchWeight: 7 } },
    8 + 5,
  ],
  ["each alone, with batching off", {}, { waiting: many(3), options: { strategy: off() } }, 4 * 3],
  [
    "beside a caller with many calls, which gets one turn before it",
    { caller: "polite" },
    { waiting: many(90, { caller: "greedy" }), options: { maxQueueRows: 99 } },
    4, // both are in one batch
  ],
  // Calls of another key cannot be joined: 4 in 6 ms, and another one in 3 ms.
  ["behind calls of another key", {}, { waiting: many(5, { key: "other" }) }, 6 + 3 + 3],
  [
    "behind calls of another key and of its own",
    {},
    { waiting: [...many(4, { key: "other" }), ...many(2)] },
    6 + 5,
  ],
  // Four times the wait, after many were refused later, but not the time of its own batch.
  [
    "behind a run, after calls that waited too long",
    {},
    { freeInMs: [7], refusedLater: { interactive: 999 } },
    4 * 7 + 3,
  ],
  ["alone, after calls that waited too long", {}, { refusedLater: { interactive: 999 } }, 3],
  [
    "behind a run, after such calls of the other lane",
    {},
    { freeInMs: [7], refusedLater: { bulk: 999 } },
    7 + 3,
  ],
  // The other queues use as much as this one: 5 ms for other keys, which they double, and its own.
  ["beside another queue", {}, { waiting: many(3), othersMs: (ms) => ms }, 5 + 6],
  [
    "beside another queue, with other keys",
    {},
    { waiting: many(3, { key: "other" }), othersMs: (ms) => ms },
    5 + 5 + 3,
  ],
];
for (const [what, call, situation, neededMs] of TIMES) {
  test(`Admission admits a call only if it has ${neededMs} ms, ${what}`, () => {
    const within = (ms: number) => admit({ ...call, deadlineAt: NOW + ms }, situation);
    assert.equal(within(neededMs), undefined);
    assert.equal(within(neededMs - 0.01), "deadline");
  });
}

/** A call that has 1 ms although it needs 3 ms, as far as is known. */
const PROBES: readonly [what: string, situation: Situation, reason: ShedReason | undefined][] = [
  ["after 100 ms without a batch", { idleMs: 100 }, undefined],
  ["before the first batch", { idleMs: NEVER }, undefined],
  ["sooner", { idleMs: 99.9 }, "deadline"],
  ["after ten times what it takes", { latency: line(0, 20), idleMs: 200 }, undefined],
  ["sooner than that", { latency: line(0, 20), idleMs: 199.9 }, "deadline"],
  ["while no worker is free", { idleMs: 100, freeInMs: [1] }, "deadline"],
  ["while others wait", { idleMs: 100, waiting: [{ deadlineAt: NOW }] }, "deadline"],
];
for (const [what, situation, reason] of PROBES) {
  test(`Admission ${reason ? "tries no" : "tries a"} call that would be late ${what}`, () => {
    assert.equal(admit({ deadlineAt: NOW + 1 }, situation), reason);
    assert.equal(admit({ deadlineAt: NOW }, situation), "deadline");
  });
}

/** Batches of n units that take the least time each at 8 units. */
const CONVEX: Latency = { ...line(1, 2), usual: (maxUnits) => Math.min(8, maxUnits) };

const SIZES: readonly [options: BatchOptions, latency: Latency, weight: number, units: number][] = [
  [{ maxBatchSize: 4 }, line(1, 2), 1, 4],
  [{ maxBatchSize: 4 }, line(1, 2), 2.5, 10],
  [{ maxBatchSize: 4, maxBatchWeight: 6 }, line(1, 2), 1, 4],
  [{ maxBatchSize: 4, maxBatchWeight: 6 }, line(1, 2), 2.5, 6],
  [{ maxBatchSize: 4, maxBatchWeight: 6 }, line(1, 2), 9, 9], // one row in any case
  [{ maxBatchSize: 4, strategy: off() }, line(1, 2), 3, 3],
  [{ maxBatchSize: 100 }, CONVEX, 1, 8],
  [{ maxBatchSize: 4 }, CONVEX, 1, 4],
];
for (const [options, latency, weight, units] of SIZES) {
  const { strategy, ...limits } = options;
  const given = `${strategy?.name ?? ""} ${JSON.stringify(limits)}`;
  test(`Admission plans batches of ${units} units of rows of weight ${weight}: ${given}`, () => {
    assert.equal(admissionOf(options, latency).maxUnits(weight), units);
  });
}

const WORK: readonly [units: number, ms: number][] = [
  [0, 0],
  [-1e-9, 0],
  [0.5, 2.5],
  [3, 5],
  [4, 6],
  [5, 6 + 3],
  [40, 60],
];
for (const [units, ms] of WORK) {
  test(`Admission expects ${units} units to take ${ms} ms, at most 4 in a batch`, () => {
    assert.equal(admissionOf({ maxBatchSize: 4 }, line(1, 2)).workMs(units), ms);
  });
}

function admissionOf(options: BatchOptions, latency: Latency): Admission {
  const never = (): never => {
    throw new Error("no worker is asked");
  };
  const workers = { free: 1, ahead: 0, size: 1, freeInMs: () => [0] };
  return new Admission({
    settings: batchSettings(options),
    latency,
    workers: { ...workers, othersMs: never, dispatch: never, runNow: never },
  });
}
