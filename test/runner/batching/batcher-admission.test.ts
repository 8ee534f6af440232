import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceError } from "../../../src/error.ts";
import {
  type BatchOptions,
  type BatchSettings,
  batchSettings,
  unbatchedSettings,
} from "../../../src/runner/batching/batch-options.ts";
import type { CallOptions } from "../../../src/runner/call-options.ts";
import { type Bench, bench, FakeWorkers, rows, settled } from "../fake-workers.ts";

interface Events {
  readonly unanswered: number[];
  readonly canceled: string[];
  readonly shed: string[];
  readonly waited: number[];
}

/** A batched method and a plain one, of one worker. A call alone takes 10 ms. */
const METHODS: readonly [kind: string, settings: (limits?: BatchOptions) => BatchSettings][] = [
  ["batched", (limits = {}) => batchSettings({ maxBatchSize: 1, ...limits })],
  ["plain", ({ maxQueueRows } = {}) => unbatchedSettings(maxQueueRows)],
];

function made(kind: string, settings: BatchSettings): Bench & { readonly events: Events } {
  const events: Events = { unanswered: [], canceled: [], shed: [], waited: [] };
  const each = bench({}, 1, {
    settings,
    isBatched: kind === "batched",
    events: {
      unanswered: (_, count) => void events.unanswered.push(count),
      canceled: (_, stage) => void events.canceled.push(stage),
      shed: (_, reason) => void events.shed.push(reason),
      waited: (_, ms) => void events.waited.push(ms),
    },
  });
  for (let count = 0; count < 8; count++) each.batcher.learn(1, 10);
  return { ...each, events };
}

/** Makes a call, and returns its error code at once if it is refused in the same turn. */
async function codeOf({ batcher }: Bench, options: CallOptions): Promise<string | undefined> {
  let code: string | undefined;
  batcher.call(rows(1), options).catch((error) => {
    code = error.code;
  });
  await settled();
  return code;
}

for (const [kind, settingsOf] of METHODS) {
  /** The options of a call that arrives at 100 ms, while one runs until 110 and `waiting` wait. */
  const cases: readonly [
    what: string,
    waiting: number,
    options: CallOptions,
    code: string | undefined,
  ][] = [
    ["a call without a deadline", 0, {}, undefined],
    ["a call that can be answered in time", 0, { deadlineAt: 125 }, undefined],
    ["a call that cannot be answered in time", 0, { deadlineAt: 115 }, "unavailable"],
    ["a call whose deadline has passed", 0, { deadlineAt: 99 }, "unavailable"],
    ["a call behind others in time", 3, { deadlineAt: 160 }, undefined],
    ["a call behind others that would be late", 3, { deadlineAt: 149.5 }, "unavailable"],
    ["a call with time for its way back", 0, { deadlineAt: 140, answerMs: 12 }, undefined],
    ["a call without time for its way back", 0, { deadlineAt: 128, answerMs: 12 }, "unavailable"],
    ["a call with half of its time for the way", 0, { deadlineAt: 160, answerMs: 999 }, undefined],
  ];
  for (const [what, waiting, options, code] of cases) {
    const verb = code === undefined ? "admits" : "refuses in the same turn";
    test(`Batcher ${verb} ${what} of a ${kind} method`, async () => {
      const each = made(kind, settingsOf());
      each.clock.advance(100);
      for (let count = 0; count <= waiting; count++) {
        void each.batcher.call(rows(0), { deadlineAt: 149 }).catch(() => {});
        await settled();
      }
      assert.equal(await codeOf(each, options), code);
      assert.equal(each.clock.now(), 100);
      assert.deepEqual(each.events.shed, code === undefined ? [] : ["deadline"]);
      assert.equal(each.workers.inputs.length, 1, "a refused call takes no time of a worker");
      assert.equal(each.batcher.stats().queuedCalls, waiting + Number(code === undefined));
      while (each.workers.running.length > 0) {
        await each.finish(10);
        each.workers.dispatch();
      }
      assert.equal(each.workers.inputs.length, 1 + waiting + Number(code === undefined));
    });
  }

  test(`Batcher spends nothing on a call of a ${kind} method that is canceled first`, async () => {
    const each = made(kind, settingsOf());
    void each.batcher.call(rows(0));
    await settled();
    const caller = new AbortController();
    const gone = assert.rejects(each.batcher.call(rows(1), { signal: caller.signal }), /gone/);
    await settled();
    caller.abort(new Error("gone"));
    await gone;
    await each.finish(10);
    const { unanswered, canceled } = each.events;
    assert.deepEqual({ unanswered, canceled }, { unanswered: [], canceled: ["queue"] });
    assert.equal(each.workers.inputs.length, 1);
    // Its place is free again.
    assert.equal(each.batcher.stats().queuedRows, 0);
  });

  test(`Batcher counts the row of a ${kind} method that is computed for nobody`, async () => {
    const each = made(kind, settingsOf());
    const caller = new AbortController();
    const gone = assert.rejects(each.batcher.call(rows(1), { signal: caller.signal }), /gone/);
    await settled();
    caller.abort(new Error("gone"));
    await gone;
    assert.deepEqual(each.events.unanswered, []);
    await each.finish(10);
    const { unanswered, canceled } = each.events;
    assert.deepEqual({ unanswered, canceled }, { unanswered: [1], canceled: ["running"] });
  });

  test(`Batcher refuses a call of a ${kind} method for which the queue has no room`, async () => {
    const each = made(kind, settingsOf({ maxQueueRows: 2 }));
    for (let count = 0; count < 3; count++) {
      void each.batcher.call(rows(0));
      await settled();
    }
    const unit = kind === "batched" ? "rows" : "calls";
    await assert.rejects(each.batcher.call(rows(0)), {
      code: "unavailable",
      retryAfterSeconds: 1,
      message: `Runner "fake" is overloaded: 2 ${unit} are waiting already`,
    });
    assert.deepEqual(each.events.shed, ["queue_full"]);
    void each.batcher.call(rows(0), { lane: "bulk" }); // it is counted in its own lane
    await assert.rejects(each.batcher.call(rows(0)), { message: /: 2 \w+ are waiting already$/ });
  });
}

test("Batcher says to retry once the call would be answered in time", async () => {
  for (const [runMs, least, most] of [
    [10, 1, 1],
    [10_000, 8, 13],
  ] as const) {
    const each = bench();
    for (let count = 0; count < 8; count++) each.batcher.learn(1, runMs);
    void each.batcher.call(rows(0));
    await settled();
    // It would be answered after 2 runs, but must be after 1.1.
    const call = each.batcher.call(rows(1), { deadlineAt: 1.1 * runMs });
    const { code, retryAfterSeconds = 0 } = (await call.catch((error) => error)) as ServiceError;
    assert.equal(code, "unavailable");
    assert.ok(retryAfterSeconds >= least && retryAfterSeconds <= most, `${retryAfterSeconds} s`);
  }
});

test("Batcher refuses at once a short call behind a long run of another method", async () => {
  const workers = new FakeWorkers(1);
  const [slow, fast] = [bench({}, 1, { workers }), bench({}, 1, { workers })];
  for (let count = 0; count < 8; count++) slow.batcher.learn(1, 5_000);
  for (let count = 0; count < 8; count++) fast.batcher.learn(1, 1);
  void slow.batcher.call(rows(0));
  await settled();
  assert.equal(await codeOf(fast, { deadlineAt: 4_000 }), "unavailable");
  assert.equal(await codeOf(fast, { deadlineAt: 6_000 }), undefined);
  workers.clock.advance(3_000);
  assert.equal(await codeOf(fast, { deadlineAt: 4_000 }), "unavailable");
});
