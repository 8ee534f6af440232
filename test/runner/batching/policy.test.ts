import { type Case, call, calls, check, line, NEVER } from "./policy-case.ts";

const cases: readonly Case[] = [
  {
    what: "sends a full batch of a short run ahead to a busy worker",
    given: { calls: calls(5), free: 0, ahead: 1, latency: line(1, 0) },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "keeps a batch that is not full where more can join it",
    given: { calls: calls(3), free: 0, ahead: 1, latency: line(1, 0) },
    askAt: NEVER,
  },
  {
    what: "keeps a long run until a moment before a worker is free",
    given: { calls: calls(5), free: 0, ahead: 1, freeInMs: 10, latency: line(3, 1) },
    askAt: 8,
  },
  {
    what: "sends a long run ahead a moment before a worker is free",
    given: { calls: calls(5), free: 0, ahead: 1, freeInMs: 2, latency: line(3, 1) },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "sends a long run ahead earlier if answers wait for the main thread",
    given: {
      ...{ calls: calls(5), free: 0, ahead: 1, freeInMs: 10 },
      latency: { ...line(3, 1), lagMs: () => 3 },
    },
    askAt: 2,
  },
  {
    what: "keeps a long run that is not full until a worker is free",
    given: { calls: calls(3), free: 0, ahead: 1, freeInMs: 2, latency: line(3, 1) },
    askAt: NEVER,
  },
  {
    what: "leaves as many calls to another free worker, if that saves time",
    given: { calls: calls(4), free: 2, waitingUnits: 4, latency: line(1, 0) },
    send: ["0", "1"],
    reason: "idle",
  },
  {
    what: "leaves no calls to another free worker if that saves next to no time",
    given: { calls: calls(3), free: 2, waitingUnits: 3, latency: line(0.1, 10) },
    send: ["0", "1", "2"],
    reason: "idle",
  },
  {
    what: "sends nothing ahead while nothing is known of the latency",
    given: { calls: calls(5), free: 0, ahead: 1 },
    askAt: NEVER,
  },
  {
    what: "sends nothing ahead that would then be late",
    given: { calls: calls(4, { deadlineAt: 7 }), free: 0, ahead: 1, latency: line(1, 0) },
    askAt: 6,
  },
  { what: "does nothing with nothing", given: {}, askAt: undefined },
  {
    what: "sends one call to an idle worker",
    given: { calls: calls(1) },
    send: ["0"],
    reason: "idle",
  },
  {
    what: "joins below the limit",
    given: { calls: calls(3) },
    send: ["0", "1", "2"],
    reason: "idle",
  },
  {
    what: "joins at the limit",
    given: { calls: calls(4) },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "leaves what is above the limit, in order",
    given: { calls: calls(6) },
    send: ["0", "1", "2", "3"],
    reason: "full",
  },
  {
    what: "counts rows, not calls",
    given: { calls: [call("a", 0, { rows: 3 }), call("b"), call("c")] },
    send: ["a", "b"],
    reason: "full",
  },
  {
    what: "cuts a call that fills the batch",
    given: { calls: [call("a", 0, { rows: 3 }), call("b", 0, { rows: 2 }), call("c")] },
    send: ["a", "b:1"],
    reason: "full",
  },
  {
    what: "cuts a call that is larger than a batch",
    given: { calls: [call("a", 0, { rows: 9 }), call("b")] },
    send: ["a:4"],
    reason: "full",
  },
  {
    what: "does not cut a call that must stay whole, and says that it did not fit",
    given: {
      calls: [call("a", 0, { rows: 3 }), call("b", 0, { rows: 2, whole: true }), call("c")],
    },
    send: ["a"],
    reason: "unsplittable",
  },
  {
    what: "fills a batch with a call that must stay whole and fits",
    given: { calls: [call("a", 0, { rows: 2 }), call("b", 0, { rows: 2, whole: true })] },
    send: ["a", "b"],
    reason: "full",
  },
  {
    what: "does not cut a call into a batch that would then be late for another",
    given: {
      calls: [call("a", 0, { rows: 3, deadlineAt: 4 }), call("b", 0, { rows: 3 })],
      latency: line(1, 0.5),
    },
    send: ["a"],
    reason: "deadline",
  },
  {
    what: "sends a batch ahead that nothing can be added to, since the next call must stay whole",
    given: {
      calls: [call("a", 0, { rows: 3 }), call("b", 0, { rows: 2, whole: true })],
      free: 0,
      ahead: 1,
      latency: line(1, 0),
    },
    send: ["a"],
    reason: "unsplittable",
  },
  {
    what: "judges a call that is larger than a batch by its next rows alone",
    given: { calls: [call("a", 0, { rows: 40, deadlineAt: 5 })], latency: line(1, 0) },
    send: ["a:4"],
    reason: "full",
  },
  {
    what: "lets a call of exactly the limit go alone",
    given: { calls: [call("a", 0, { rows: 4 }), call("b")] },
    send: ["a"],
    reason: "full",
  },
  {
    what: "joins a call without rows",
    given: { calls: [call("a", 0, { rows: 0 }), call("b")] },
    send: ["a", "b"],
    reason: "idle",
  },
  {
    what: "waits for an event while no worker is free",
    given: { calls: calls(9), free: 0 },
    askAt: NEVER,
  },
  {
    what: "asks again when the first would be too late, while no worker is free",
    given: { calls: [call("a", 0, { deadlineAt: 50 })], free: 0, latency: line(1, 9) },
    askAt: 40,
  },
  {
    what: "refuses what cannot be answered in time any more",
    given: {
      now: 45,
      calls: [call("a", 0, { deadlineAt: 50 }), call("b", 1, { deadlineAt: 90 })],
      latency: line(1, 9),
    },
    shed: ["a"],
    send: ["b"],
    reason: "idle",
  },
  {
    what: "refuses the late ones also while no worker is free",
    given: { now: 45, calls: [call("a", 0, { deadlineAt: 50 })], free: 0, latency: line(1, 9) },
    shed: ["a"],
    askAt: undefined,
  },
  {
    what: "lets the last of the late ones go to a free worker, to learn whether it is so",
    given: {
      now: 45,
      calls: [call("a", 0, { deadlineAt: 48 }), call("b", 1, { deadlineAt: 50 })],
      latency: line(1, 9),
    },
    shed: ["a"],
    send: ["b"],
    reason: "deadline",
  },
  {
    what: "lets nothing go whose deadline has passed",
    given: { now: 45, calls: [call("a", 0, { deadlineAt: 45 })], latency: line(1, 9) },
    shed: ["a"],
    askAt: undefined,
  },
  {
    what: "does not refuse for what its neighbours would cost",
    given: {
      calls: [call("a", 0, { deadlineAt: 12 }), call("b", 0, { deadlineAt: 12 })],
      latency: line(5, 5),
    },
    send: ["a"],
    reason: "deadline",
  },
  {
    what: "still sends where nothing has been learned",
    given: { calls: calls(2, { deadlineAt: 1 }), latency: line(0, 0) },
    send: ["0", "1"],
    reason: "idle",
  },
];

check(cases);
