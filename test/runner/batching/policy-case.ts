/** Cases of the batching policy: a situation, and the expected decision. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Limits, Waiting } from "../../../src/runner/batching/fitting.ts";
import { decide, type Situation } from "../../../src/runner/batching/policy.ts";
import type { Latency } from "../../../src/runner/latency/latency.ts";

export interface Call extends Waiting {
  readonly name: string;
}

export const NEVER = Number.POSITIVE_INFINITY;

/** A call of one row that came at `at` and may take for ever. */
export function call(name: string, at = 0, rest: Partial<Omit<Call, "units">> = {}): Call {
  const own = { rows: 1, weight: 1, whole: false, deadlineAt: NEVER, order: at, ...rest };
  return { name, enqueuedAt: at, ...own, units: own.rows * own.weight };
}

export function calls(count: number, rest: Partial<Omit<Call, "units">> = {}): Call[] {
  return Array.from({ length: count }, (_, at) => call(`${at}`, 0, rest));
}

/** Batches that take exactly `a` milliseconds a unit, and `b` each. */
export const line = (a: number, b: number): Latency => ({
  known: true,
  b,
  mean: (units) => a * units + b,
  deviation: () => 0,
  usual: (maxUnits) => maxUnits,
  best: (maxUnits) => maxUnits,
});

/** A batch of n units takes n + 10 ms, and at most 8 rows: 18 ms. */
export const limits = (change: Partial<Limits> = {}): Limits => ({
  now: 0,
  free: 1,
  nextFreeInMs: NEVER,
  waitingUnits: 0,
  maxBatchSize: 8,
  maxBatchWeight: NEVER,
  strategy: { name: "adaptive" },
  latency: line(1, 10),
  price: 0,
  ...change,
});

function situation(change: Partial<Situation<Call>>): Situation<Call> {
  return {
    now: 0,
    calls: [],
    free: 1,
    nextFreeInMs: NEVER,
    freeInMs: 0,
    waitingUnits: 0,
    ahead: 0,
    workers: 1,
    lastSentAt: Number.NEGATIVE_INFINITY,
    maxBatchSize: 4,
    maxBatchWeight: NEVER,
    price: 0,
    strategy: { name: "adaptive" },
    latency: line(0, 0),
    intervalMs: undefined,
    ...change,
  };
}

export interface Case {
  readonly what: string;
  readonly given: Partial<Situation<Call>>;
  /** The names of what is sent, with its rows where it is cut, and why; or when to ask again. */
  readonly send?: readonly string[];
  readonly reason?: string;
  readonly askAt?: number | undefined;
  readonly shed?: readonly string[];
}

/** Tests each case. */
export function check(cases: readonly Case[]): void {
  for (const { what, given, send = [], reason = "idle", askAt, shed = [] } of cases) {
    test(`decide() ${what}`, () => {
      const decision = decide(situation(given));
      assert.deepEqual(
        {
          send: decision.send.map((share) =>
            share.rows < share.call.rows ? `${share.call.name}:${share.rows}` : share.call.name,
          ),
          shed: decision.shed.map(({ name }) => name),
          reason: decision.reason,
          askAt: decision.askAt,
        },
        { send, shed, reason, askAt },
      );
    });
  }
}
