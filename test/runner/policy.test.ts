import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, type Situation, type Strategy, type Waiting } from "../../src/runner/policy.ts";

interface Call extends Waiting {
  readonly name: string;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A call of one row that came at `at` and may take for ever. */
function call(name: string, at = 0, rest: Partial<Call> = {}): Call {
  return { name, rows: 1, enqueuedAt: at, deadlineAt: NEVER, ...rest };
}

function calls(count: number, rest: Partial<Call> = {}): Call[] {
  return Array.from({ length: count }, (_, at) => call(`${at}`, 0, rest));
}

const line = (a: number, b: number) => ({ b, predict: (rows: number) => a * rows + b });

function situation(change: Partial<Situation<Call>>): Situation<Call> {
  return {
    now: 0,
    queue: [],
    free: 1,
    ahead: 0,
    maxBatchSize: 4,
    strategy: { name: "adaptive" },
    latency: line(0, 0),
    arrivalMs: undefined,
    ...change,
  };
}

interface Case {
  readonly what: string;
  readonly given: Partial<Situation<Call>>;
  /** The names of what is sent, and why; or when to ask again. */
  readonly send?: readonly string[];
  readonly reason?: string;
  readonly askAt?: number | undefined;
  readonly shed?: readonly string[];
}

const window: Strategy = { name: "fixedWindow", waitMs: 10 };
const target: Strategy = { name: "targetLatency", ms: 20 };

const cases: readonly Case[] = [
  {
    what: "sends a full batch of a short run ahead to a busy worker",
    given: { queue: calls(5), free: 0, ahead: 1, latency: line(1, 0) },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "keeps a batch that is not full where more can join it",
    given: { queue: calls(3), free: 0, ahead: 1, latency: line(1, 0) },
    askAt: NEVER,
  },
  {
    what: "keeps a long run for whichever worker is free first",
    given: { queue: calls(5), free: 0, ahead: 1, latency: line(3, 1) },
    askAt: NEVER,
  },
  {
    what: "sends nothing ahead while nothing is known of the latency",
    given: { queue: calls(5), free: 0, ahead: 1 },
    askAt: NEVER,
  },
  {
    what: "sends nothing ahead that would then be late",
    given: { queue: calls(4, { deadlineAt: 7 }), free: 0, ahead: 1, latency: line(1, 0) },
    askAt: 6,
  },
  { what: "does nothing with nothing", given: {}, askAt: undefined },
  {
    what: "sends one call to an idle worker",
    given: { queue: calls(1) },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "joins below the limit",
    given: { queue: calls(3) },
    send: ["0", "1", "2"],
    reason: "idle",
  },
  {
    what: "joins at the limit",
    given: { queue: calls(4) },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "leaves what is above the limit, in order",
    given: { queue: calls(6) },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "counts rows, not calls",
    given: { queue: [call("a", 0, { rows: 3 }), call("b", 0, { rows: 2 }), call("c")] },
    send: ["a"],
    reason: "full",
  },
  {
    what: "lets a call of exactly the limit go alone",
    given: { queue: [call("a", 0, { rows: 4 }), call("b")] },
    send: ["a"],
    reason: "full",
  },
  {
    what: "joins a call without rows",
    given: { queue: [call("a", 0, { rows: 0 }), call("b")] },
    send: ["a", "b"],
    reason: "idle",
  },
  {
    what: "waits for an event while no worker is free",
    given: { queue: calls(9), free: 0 },
    askAt: NEVER,
  },
  {
    what: "asks again when the first would be too late, while no worker is free",
    given: { queue: [call("a", 0, { deadlineAt: 50 })], free: 0, latency: line(1, 9) },
    askAt: 40,
  },
  {
    what: "refuses what cannot be answered in time any more",
    given: {
      now: 45,
      queue: [call("a", 0, { deadlineAt: 50 }), call("b", 1, { deadlineAt: 90 })],
      latency: line(1, 9),
    },
    shed: ["a"],
    send: ["b"],
    reason: "idle",
  },
  {
    what: "refuses the late ones also while no worker is free",
    given: { now: 45, queue: [call("a", 0, { deadlineAt: 50 })], free: 0, latency: line(1, 9) },
    shed: ["a"],
    askAt: undefined,
  },
  {
    what: "lets the last of the late ones go to a free worker, to learn whether it is so",
    given: {
      now: 45,
      queue: [call("a", 0, { deadlineAt: 48 }), call("b", 1, { deadlineAt: 50 })],
      latency: line(1, 9),
    },
    shed: ["a"],
    send: ["b"],
    reason: "deadline",
  },
  {
    what: "lets nothing go whose deadline has passed",
    given: { now: 45, queue: [call("a", 0, { deadlineAt: 45 })], latency: line(1, 9) },
    shed: ["a"],
    askAt: undefined,
  },
  {
    what: "does not refuse for what its neighbours would cost",
    given: {
      queue: [call("a", 0, { deadlineAt: 12 }), call("b", 0, { deadlineAt: 12 })],
      latency: line(5, 5),
    },
    send: ["a"],
    reason: "deadline",
  },
  {
    what: "still sends where nothing has been learned",
    given: { queue: calls(2, { deadlineAt: 1 }), latency: line(0, 0) },
    send: ["0", "1"],
    reason: "idle",
  },
  {
    what: "waits for the next call where that saves more than it costs",
    given: { now: 3, queue: [call("a", 3)], latency: line(1, 10), arrivalMs: 2 },
    askAt: 7,
  },
  {
    what: "waits no longer when so many wait that it does not pay",
    given: { now: 3, queue: calls(3), maxBatchSize: 9, latency: line(1, 8), arrivalMs: 2 },
    send: ["0", "1", "2"],
    reason: "idle",
  },
  {
    what: "does not wait for calls that come too seldom",
    given: { queue: calls(1), latency: line(1, 10), arrivalMs: 6 },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "does not wait where a batch costs nothing beside its rows",
    given: { queue: calls(1), latency: line(5, 0), arrivalMs: 0.1 },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "does not wait while a second worker is free",
    given: { queue: calls(1), free: 2, latency: line(1, 10), arrivalMs: 2 },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "sends when the call that it waited for does not come",
    given: { now: 4, queue: calls(1), latency: line(1, 10), arrivalMs: 2 },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "ends its wait early enough for the first deadline",
    given: {
      queue: [call("a", 0, { deadlineAt: 13 })],
      latency: line(1, 10),
      arrivalMs: 4,
    },
    askAt: 2,
  },
  {
    what: "says so when a deadline closed the batch",
    given: {
      now: 2,
      queue: [call("a", 0, { deadlineAt: 13 })],
      latency: line(1, 10),
      arrivalMs: 4,
    },
    send: ["a"],
    reason: "deadline",
  },
  { what: "keeps a window open", given: { now: 4, queue: calls(1), strategy: window }, askAt: 10 },
  {
    what: "closes a window after its first call",
    given: { now: 10, queue: [call("a", 0), call("b", 9)], strategy: window },
    send: ["a", "b"],
    reason: "window",
  },
  {
    what: "closes a window that is full",
    given: { now: 1, queue: calls(4), strategy: window },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "closes a window for a deadline",
    given: {
      now: 4,
      queue: calls(1, { deadlineAt: 7 }),
      strategy: window,
      latency: line(1, 2),
    },
    send: ["0"],
    reason: "deadline",
  },
  {
    what: "waits as long as the target allows",
    given: { now: 5, queue: calls(2), strategy: target, latency: line(2, 4) },
    askAt: 12,
  },
  {
    what: "sends at the target",
    given: { now: 12, queue: calls(2), strategy: target, latency: line(2, 4) },
    send: ["0", "1"],
    reason: "window",
  },
  {
    what: "sends every call by itself when it is off",
    given: { queue: calls(3), strategy: { name: "off" } },
    send: ["0"],
    reason: "full",
  },
];

for (const { what, given, send = [], reason = "idle", askAt, shed = [] } of cases) {
  test(`decide() ${what}`, () => {
    const decision = decide(situation(given));
    assert.deepEqual(
      {
        send: decision.send.map(({ name }) => name),
        shed: decision.shed.map(({ name }) => name),
        reason: decision.reason,
        askAt: decision.askAt,
      },
      { send, shed, reason, askAt },
    );
  });
}
