import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { host as nodeHost } from "../../src/host/server.ts";
import { type BatchOptions, off } from "../../src/runner/batching/batch-options.ts";
import { runner } from "../../src/runner/runner.ts";
import { linear } from "../../src/simulator/cost.ts";
import { simulate } from "../../src/simulator/simulate.ts";
import costly from "../bench/costly.ts";

/** The cost of a batch: large beside all that a machine with other work may add. */
const params = { a: 1, b: 80 };
const ROUNDS = 6;

interface Load {
  readonly callers: number;
  readonly workers: number;
  readonly batch: BatchOptions;
}

/** The mean rows of batches of callers who each wait for their answer, on real workers. */
async function live({ callers, workers, batch }: Load): Promise<number> {
  const costs = runner(costly, { name: "costly", workers, params, batch });
  await costs.start(nodeHost);
  const caller = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      // As requests come: one at a time, not several in one turn of the event loop.
      await setImmediate();
      await costs.batched([0]);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const { batched } = costs.stats().batchers;
  await costs.close();
  assert.ok(batched !== undefined);
  const batches = Object.values(batched.batches).reduce((sum, count) => sum + count, 0);
  return (callers * ROUNDS) / batches;
}

/** The same callers and costs in virtual time, for as many calls or more. */
async function simulated({ callers, workers, batch }: Load): Promise<number> {
  const { methods } = await simulate({
    methods: { batched: { cost: linear(params), warmUpWeight: undefined } },
    groups: [{ parallel: callers, durationMs: ROUNDS * 2 * (params.a + params.b) }],
    ...{ workers, batch },
  });
  return methods["batched"]?.meanRows ?? 0;
}

const loads: readonly Load[] = [
  { callers: 6, workers: 1, batch: { strategy: off() } },
  { callers: 8, workers: 1, batch: {} },
  { callers: 8, workers: 1, batch: { maxBatchSize: 2 } },
  { callers: 12, workers: 2, batch: {} },
];
for (const load of loads) {
  const name = `${load.callers} callers, ${load.workers} workers, ${JSON.stringify(load.batch)}`;
  test(`simulate() joins calls as a runner of real workers does: ${name}`, async () => {
    const [found, expected] = [await live(load), await simulated(load)];
    // Which calls meet may differ by a few, whatever the speed of the machine.
    assert.ok(Math.abs(found / expected - 1) < 0.35, `${found} live, ${expected} simulated`);
  });
}
