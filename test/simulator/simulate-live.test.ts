import assert from "node:assert/strict";
import { test } from "node:test";
import { host as nodeHost } from "../../src/host/server.ts";
import { seededRandom } from "../../src/random.ts";
import { runner } from "../../src/runner/runner.ts";
import { poisson } from "../../src/simulator/arrivals.ts";
import { linear } from "../../src/simulator/cost.ts";
import { percentiles } from "../../src/simulator/report.ts";
import { NO_COSTS, simulate } from "../../src/simulator/simulate.ts";
import costly from "../bench/costly.ts";
import { openLoop } from "../bench/open-loop.ts";

/** Large beside what a message to a thread and a timer take. */
const params = { a: 0.5, b: 8 };
const perSecond = 250;
const seconds = 2;
const workers = 1;

/** By how much the two may differ, and how often a machine with other work may try. */
const TOLERANCE = 0.3;
const TRIES = 4;

interface Cost {
  readonly a: number;
  readonly b: number;
}

interface Found {
  readonly meanRows: number;
  readonly p50: number;
}

/** A load on real workers, and what their batches cost as the batcher has learned it. */
async function live(): Promise<{ found: Found; cost: Cost }> {
  const costs = runner(costly, { name: "costly", workers, params });
  await costs.start(nodeHost);
  const ended = await openLoop(perSecond, seconds, async () => {
    await costs.batched([0]);
    return true;
  });
  const { batched } = costs.stats().batchers;
  await costs.close();
  assert.ok(batched !== undefined);
  const batches = Object.values(batched.batches).reduce((sum, count) => sum + count, 0);
  const { p50 } = percentiles(ended.map(({ ms }) => ms));
  return {
    found: { meanRows: ended.length / batches, p50 },
    cost: { a: batched.a, b: batched.b },
  };
}

/** The same load on virtual workers, whose batches cost the same. */
async function simulated(cost: Cost): Promise<Found> {
  const { total, methods } = await simulate({
    methods: { batched: { cost: linear(cost) } },
    groups: [{ arrivals: poisson(perSecond, seconds * 1000, seededRandom(1)) }],
    costs: NO_COSTS,
    workers,
  });
  return { meanRows: methods["batched"]?.meanRows ?? 0, p50: total.latencyMs.p50 };
}

const apart = (one: number, other: number): number => Math.abs(one / other - 1);

test("simulate() agrees with a runner of real workers within 30 %", async () => {
  const tries: { readonly found: Found; readonly expected: Found }[] = [];
  while (tries.length < TRIES) {
    const { found, cost } = await live();
    const expected = await simulated(cost);
    const rowsApart = apart(found.meanRows, expected.meanRows);
    if (rowsApart < TOLERANCE && apart(found.p50, expected.p50) < TOLERANCE) return;
    tries.push({ found, expected });
  }
  assert.fail(`They were further apart: ${JSON.stringify(tries)}`);
});
