/**
 * Runners whose workers do everything that workers must not, over each executor: every call ends
 * once, as it may, and nothing is left. `CHAOS_CALLS` makes a longer run, `SEED` makes the same
 * calls again.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { EXECUTORS, type ExecutorName } from "../../src/executor/executor.ts";
import { host } from "../../src/host/server.ts";
import { collect } from "../support/collect.ts";
import { SEED } from "../support/random.ts";
import { OMITTED } from "./chaos-executors.ts";
import { makePlans, type PlanOptions, STORMS } from "./chaos-plan.ts";
import { chaos, MAX_ROWS, makeAll, untilLate } from "./chaos-run.ts";
import type { Mood } from "./fixtures/chaotic.ts";

const CALLS = Number(process.env["CHAOS_CALLS"] ?? 400);
/** The bytes that a second round may add to the heap. All calls of a round take far more. */
const MAX_GROWTH_BYTES = 10 * 2 ** 20;

/** More than the few seconds that Bun gives a test by itself. */
const limits = { timeout: 600_000 };

/** A test of one executor. */
type Run = (isolation: ExecutorName, message: string, t: TestContext) => Promise<void>;

/** Runs a test over each executor. Where a runtime lacks one, its runners must say so. */
function overEach(what: string, run: Run): void {
  for (const isolation of EXECUTORS) {
    test(`runner() over ${isolation} settles each call once ${what}`, limits, async (t) => {
      if (host.executors[isolation] !== undefined) {
        return await run(isolation, `SEED=${SEED} CHAOS_CALLS=${CALLS} ${isolation}`, t);
      }
      const failed = chaos({ isolation, size: 1 });
      await assert.rejects(failed, new RegExp(`this runtime has no isolation "${isolation}"`));
    });
  }
}

function plansOf(
  isolation: ExecutorName,
  [begin, end]: readonly [number, number],
  options: Omit<PlanOptions, "omitted">,
) {
  return makePlans(SEED + begin, [begin, end], MAX_ROWS, {
    ...options,
    omitted: OMITTED[isolation],
  });
}

/** Returns the bytes in use after a collection; `undefined` where none can be asked for. */
function heapUsed(): number | undefined {
  return collect() ? process.memoryUsage().heapUsed : undefined;
}

overEach("whatever its workers do", async (isolation, message, t) => {
  await using fixture = await chaos({ isolation, size: CALLS });
  const { calls, ledger } = fixture;
  const beganAt = systemClock.now();
  const heap: (number | undefined)[] = [];
  for (const [begin, end] of [
    [0, CALLS / 2],
    [CALLS / 2, CALLS],
  ] as const) {
    const storms = { stormEvery: 400, stormCalls: 8, storms: STORMS };
    const plans = plansOf(isolation, [begin, end], storms);
    await makeAll(plans, fixture);
    fixture.check(plans, message);
    await fixture.recovered(message);
    heap.push(heapUsed());
  }
  const { outcomes } = ledger;
  const { restarts } = calls.stats();
  const seconds = Math.round((systemClock.now() - beganAt) / 1_000);
  t.diagnostic(`${message} ${JSON.stringify({ ...outcomes, restarts, seconds, heap })}`);
  await fixture.closed(message);
  // Else the run says little: all that may happen has happened, and most calls went well.
  const { timedOut, ...usual } = outcomes;
  const rare = CALLS < 4_000 ? [] : [timedOut]; // some storms have no call that hangs
  const counts = [...Object.values(usual), ...rare];
  assert.ok(!counts.includes(0), `${JSON.stringify(outcomes)} ${message}`);
  assert.ok(outcomes.answered > 0.6 * CALLS, `${JSON.stringify(outcomes)} ${message}`);
  const [first, second] = heap;
  if (first !== undefined && second !== undefined) {
    assert.ok(second < first + MAX_GROWTH_BYTES, `heap: ${first}, then ${second}: ${message}`);
  }
});

overEach("when it is closed during calls", async (isolation, message) => {
  const size = CALLS / 2;
  await using fixture = await chaos({ isolation, size });
  const { ledger } = fixture;
  const plans = plansOf(isolation, [0, size], {
    stormEvery: size,
    stormCalls: 8,
    storms: STORMS,
  });
  const all = makeAll(plans, fixture);
  await untilLate(() => ledger.outcomes.answered > size / 4);
  await fixture.closed(message);
  await all;
  fixture.check(plans, message);
  assert.ok(ledger.outcomes.unavailable > size / 4, message);
});

overEach("while hanging calls are quarantined", async (isolation, message, t) => {
  const size = Math.ceil(0.25 * CALLS);
  // Longer than a batch may take before it is suspected.
  await using fixture = await chaos({ isolation, size, callTimeoutMs: 1_500 });
  const { calls, ledger } = fixture;
  const storms = [["never", "answer"], ["never", "exit", "throw", "slow"], ["never"]] as const;
  const plans = plansOf(isolation, [0, size], { stormEvery: size, stormCalls: 4, storms });
  await makeAll(plans, fixture);
  fixture.check(plans, message);
  await fixture.recovered(message);
  t.diagnostic(`${message} ${JSON.stringify({ ...ledger.outcomes, ...calls.stats() })}`);
  await fixture.closed(message);
  assert.ok(ledger.outcomes.answered > size / 2, message);
});

overEach("while calls are busy, or inside native code", async (isolation, message, t) => {
  const size = Math.ceil(0.25 * CALLS);
  await using fixture = await chaos({ isolation, size, callTimeoutMs: 250, isSlow: true });
  const { calls, ledger } = fixture;
  // About two such calls a storm: each takes half a second or more, and so may its second run.
  const answers = new Array<Mood>(12).fill("answer");
  const storms = [["native", "native", "busy", ...answers]] as const;
  const plans = plansOf(isolation, [0, size], { stormEvery: size / 2, stormCalls: 12, storms });
  await makeAll(plans, fixture);
  fixture.check(plans, message);
  await fixture.recovered(message);
  t.diagnostic(`${message} ${JSON.stringify({ ...ledger.outcomes, ...calls.stats() })}`);
  await fixture.closed(message);
  assert.ok(ledger.outcomes.answered > size / 2, message);
});
