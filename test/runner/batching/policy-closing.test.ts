import type { Strategy } from "../../../src/runner/batching/policy.ts";
import { type Case, call, calls, check, line } from "./policy-case.ts";

const window: Strategy = { name: "fixedWindow", waitMs: 10 };
const target: Strategy = { name: "targetLatency", latencyMs: 20 };

const cases: readonly Case[] = [
  {
    what: "starts batches at even distances where calls come fast: b ms over the workers apart",
    given: {
      now: 3,
      calls: [call("a", 3)],
      workers: 2,
      lastSentAt: 1,
      latency: line(1, 10),
      intervalMs: 2,
    },
    askAt: 6,
  },
  {
    what: "sends when that distance is over",
    given: {
      now: 6,
      calls: calls(1),
      workers: 2,
      lastSentAt: 1,
      latency: line(1, 10),
      intervalMs: 2,
    },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "does not wait on the only worker: its last batch has taken that long",
    given: { now: 12, calls: calls(1), lastSentAt: 1, latency: line(1, 10), intervalMs: 2 },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "does not wait for calls that come too seldom",
    given: { calls: calls(1), workers: 2, lastSentAt: 0, latency: line(1, 10), intervalMs: 6 },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "does not wait where a batch costs nothing beside its rows",
    given: { calls: calls(1), lastSentAt: 0, latency: line(5, 0), intervalMs: 0.1 },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "does not wait where nothing is known of the next call",
    given: { calls: calls(1), workers: 2, lastSentAt: 0, latency: line(1, 10) },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "ends its wait early enough for the first deadline, and for a timer that is late",
    given: {
      calls: [call("a", 0, { deadlineAt: 15 })],
      workers: 2,
      lastSentAt: 0,
      latency: line(1, 10),
      intervalMs: 4,
    },
    askAt: 2,
  },
  {
    what: "says so when a deadline closed the batch",
    given: {
      now: 2,
      calls: [call("a", 0, { deadlineAt: 15 })],
      workers: 2,
      lastSentAt: 0,
      latency: line(1, 10),
      intervalMs: 4,
    },
    send: ["a"],
    reason: "deadline",
  },
  {
    what: "cuts a batch for a call that has little time left",
    given: {
      calls: [call("late", 0, { deadlineAt: 12 }), ...calls(4)],
      latency: line(1, 10),
    },
    send: ["late", "0"],
    reason: "deadline",
  },
  {
    what: "refuses that call where calls are refused already, for a full batch of others",
    given: {
      calls: [call("late", 0, { deadlineAt: 12 }), ...calls(4)],
      latency: line(1, 10),
      price: 0.3,
    },
    send: ["0", "1", "2", "3"],
    reason: "full",
    shed: ["late"],
  },
  {
    what: "refuses there only as many as make the batch larger",
    given: {
      calls: [
        call("late", 0, { deadlineAt: 11 }),
        call("soon", 0, { deadlineAt: 13 }),
        call("later", 0, { deadlineAt: 13 }),
      ],
      latency: line(1, 10),
      price: 0.3,
    },
    send: ["soon", "later"],
    shed: ["late"],
    reason: "idle",
  },
  { what: "keeps a window open", given: { now: 4, calls: calls(1), strategy: window }, askAt: 10 },
  {
    what: "closes a window after its first call",
    given: { now: 10, calls: [call("a", 0), call("b", 9)], strategy: window },
    send: ["a", "b"],
    reason: "window",
  },
  {
    what: "closes a window that is full",
    given: { now: 1, calls: calls(4), strategy: window },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "closes a window for a deadline",
    given: {
      now: 4,
      calls: calls(1, { deadlineAt: 7 }),
      strategy: window,
      latency: line(1, 2),
    },
    send: ["0"],
    reason: "deadline",
  },
  {
    what: "waits as long as the target allows",
    given: { now: 5, calls: calls(2), strategy: target, latency: line(2, 4) },
    askAt: 12,
  },
  {
    what: "sends at the target",
    given: { now: 12, calls: calls(2), strategy: target, latency: line(2, 4) },
    send: ["0", "1"],
    reason: "window",
  },
  {
    what: "sends every call by itself when it is off",
    given: { calls: calls(3), strategy: { name: "off" } },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "cuts a call that is larger than a batch also when it is off",
    given: { calls: [call("a", 0, { rows: 6 })], strategy: { name: "off" } },
    send: ["a:4"],
    reason: "full",
  },
  {
    what: "sends a call ahead when it is off: nothing could be joined to it",
    given: {
      calls: calls(3),
      strategy: { name: "off" },
      free: 0,
      ahead: 1,
      latency: line(1, 0),
    },
    send: ["0"],
    reason: "idle",
  },
];

check(cases);
