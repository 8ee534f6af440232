import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { poisson, seededRandom } from "../../src/simulator/arrivals.ts";
import { runner } from "../../src/runner/runner.ts";
import { percentiles, simulate } from "../../src/simulator/simulate.ts";
import { nodeHost } from "../../src/runtime/node-host.ts";
import costly from "./fixtures/costly.ts";

/** Large beside what a message to a thread and a timer take. */
const cost = { a: 0.5, b: 8 };
const workers = 1;
const moments = [...poisson(250, 3_000, seededRandom(1))];

/** By how much the two may differ, and how often a machine with other work may try. */
const TOLERANCE = 0.4;
const TRIES = 3;

interface Found {
  readonly meanRows: number;
  readonly p50: number;
}

/** Makes each call at its moment, however late the others are, and takes its time from there. */
async function live(): Promise<Found> {
  const waits = runner(costly, { name: "costly", workers, params: cost });
  await waits.start(nodeHost);
  const latencies: number[] = [];
  const startedAt = performance.now();
  const calls = moments.map(async (moment) => {
    await setTimeout(moment);
    await waits.wait([0]);
    latencies.push(performance.now() - startedAt - moment);
  });
  await Promise.all(calls);
  const batches = Object.values(waits.stats().batchers.wait?.batches ?? {});
  await waits.close();
  const count = batches.reduce((sum, times) => sum + times, 0);
  return { meanRows: moments.length / count, p50: percentiles(latencies).p50 };
}

async function simulated(): Promise<Found> {
  const turn = (): Promise<void> => setImmediate();
  const { batches, latencyMs } = await simulate({ arrivals: moments, cost, workers, turn });
  return { meanRows: batches.meanRows, p50: latencyMs.p50 };
}

const apart = (one: number, other: number): number => Math.abs(one / other - 1);

test("simulate() says what a runner of real workers does, within 40 %", async () => {
  const expected = await simulated();
  const tries: Found[] = [];
  while (tries.length < TRIES) {
    const found = await live();
    tries.push(found);
    const rowsApart = apart(found.meanRows, expected.meanRows);
    if (rowsApart < TOLERANCE && apart(found.p50, expected.p50) < TOLERANCE) return;
  }
  assert.fail(`simulated ${JSON.stringify(expected)}, found ${JSON.stringify(tries)}`);
});
