import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Answer,
  closedLoop,
  type LoadOptions,
  type Measured,
  openLoop,
} from "../../../src/cli/bench/loads.ts";
import { uniform } from "../../../src/simulator/arrivals.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const OK: Answer = { outcome: 200, bytes: 10 };

/** A load on a clock that moves on as often as it takes. */
async function run(
  begin: (clock: FakeClock, options: LoadOptions) => Promise<Measured>,
  options: Partial<LoadOptions> = {},
): Promise<Measured> {
  const clock = new FakeClock();
  const signal = new AbortController().signal;
  const bounds = { clock, durationMs: 1000, maxCalls: Number.POSITIVE_INFINITY, signal };
  let isOver = false;
  const load = begin(clock, { ...bounds, ...options }).finally(() => {
    isOver = true;
  });
  for (let ms = 0; !isOver; ms++) {
    assert.ok(ms < 100_000, "the load ends");
    for (let turns = 0; turns < 20; turns++) await Promise.resolve();
    clock.advance(1);
  }
  return await load;
}

/** Returns a server that answers each call after a time, one at a time. */
function queued(clock: FakeClock, ms: number): () => Promise<Answer> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const answer = last.then(
      () => new Promise<Answer>((resolve) => void clock.after(ms, () => resolve(OK))),
    );
    last = answer;
    return answer;
  };
}

test("closedLoop() has as many calls under way as callers", async () => {
  let underWay = 0;
  let most = 0;
  const load = await run((clock, options) => {
    const answer = async (): Promise<Answer> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise<void>((resolve) => void clock.after(10, resolve));
      underWay -= 1;
      return OK;
    };
    return closedLoop(answer, 4, options);
  });
  assert.equal(most, 4);
  assert.ok(load.calls > 300 && load.calls <= 400, `${load.calls} calls`);
  assert.equal(load.bytes, 10 * load.calls);
});

test("closedLoop() ends after the most calls", async () => {
  const begin = (clock: FakeClock, options: LoadOptions) =>
    closedLoop(queued(clock, 1), 3, options);
  assert.equal((await run(begin, { maxCalls: 7 })).calls, 7);
});

test("closedLoop() tells answers from failures", async () => {
  const outcomes = [200, 503, "timeout", 304, 404, "connection"] as const;
  let at = 0;
  const load = await run(
    (_, options) =>
      closedLoop(async () => ({ outcome: outcomes[at++] ?? 200, bytes: 0 }), 1, options),
    { maxCalls: 6 },
  );
  assert.deepEqual([load.answered.count, load.unanswered.count], [2, 4]);
  assert.deepEqual([...load.outcomes.keys()], [...outcomes]);
});

test("openLoop() measures calls from when they were due: a stall delays them all", async () => {
  // The server needs twice the time between two calls: the last one waits for half of them.
  const load = await run((clock, options) =>
    openLoop(queued(clock, 20), { ...options, moments: uniform(100, 1000), maxUnderWay: 1000 }),
  );
  assert.equal(load.calls, 100);
  assert.ok(load.answered.maxMs >= 1000, `${load.answered.maxMs} ms`);
  assert.ok(load.answered.quantileMs(0.5) >= 450, `${load.answered.quantileMs(0.5)} ms`);
});

test("openLoop() counts the calls that it does not send", async () => {
  const load = await run((clock, options) =>
    openLoop(queued(clock, 5000), {
      ...options,
      moments: uniform(100, 1000),
      maxUnderWay: 2,
    }),
  );
  assert.deepEqual([load.calls, load.notSent], [2, 98]);
});

test("a load that is ended early keeps what was measured, and not what was given up", async () => {
  for (const kind of ["closed", "open"] as const) {
    const controller = new AbortController();
    const { signal } = controller;
    const load = await run(
      (clock, options) => {
        const call = queued(clock, 10);
        clock.after(95, () => controller.abort());
        return kind === "closed"
          ? closedLoop(call, 2, options)
          : openLoop(call, { ...options, moments: uniform(50, 1000), maxUnderWay: 100 });
      },
      { signal },
    );
    assert.ok(load.calls >= 4 && load.calls <= 9, `${load.calls} calls of the ${kind} loop`);
  }
});
