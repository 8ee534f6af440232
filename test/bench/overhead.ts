/**
 * The time that batching adds at low load, and that sending a batch ahead saves at full load.
 *
 *     bun test/bench/overhead.ts
 *
 * Low load: one call at a time, of a method that is batched and of one that is not, in turns.
 * Full load: batches one after the other, the next one sent when the last has come back, or ahead.
 */

import { threads } from "../../src/executor/threads/threads.ts";
import { host as nodeHost } from "../../src/host/server.ts";
import { Pool } from "../../src/runner/pool/pool.ts";
import { runner } from "../../src/runner/runner.ts";
import { pack } from "../../src/worker/payload.ts";
import type { Runnable } from "../../src/worker/runnable.ts";
import costly from "./costly.ts";
import { quantile } from "./open-loop.ts";

const CALLS = 5_000;

async function lowLoad(): Promise<void> {
  const costs = runner(costly, { name: "costly", workers: 1, params: { a: 0, b: 0 } });
  await costs.start(nodeHost);
  const times = { plain: [] as number[], batched: [] as number[] };
  for (let at = 0; at < CALLS; at++) {
    for (const method of ["plain", "batched"] as const) {
      const startedAt = performance.now();
      await (method === "plain" ? costs.plain(at) : costs.batched([at]));
      times[method].push(performance.now() - startedAt);
    }
  }
  await costs.close();
  const [plain, batched] = [times.plain, times.batched].map((each) =>
    [0.5, 0.9, 0.99].map((share) => quantile(share, each.slice(CALLS / 5))),
  );
  const text = (values: readonly number[] | undefined): string =>
    (values ?? []).map((ms) => `${(1000 * ms).toFixed(0)} µs`.padStart(8)).join("");
  console.log(`one call at a time     p50     p90     p99`);
  console.log(`not batched      ${text(plain)}`);
  console.log(`batched          ${text(batched)}`);
  const added = ((batched?.[0] ?? 0) - (plain?.[0] ?? 0)) * 1000;
  console.log(`batching adds ${added.toFixed(1)} µs at the median\n`);
}

async function fullLoad(runMs: number): Promise<void> {
  const pool = new Pool(nodeHost.clock, {
    name: "costly",
    executor: threads,
    runnable: costly as Runnable,
    workers: 1,
    notIdempotent: [],
    callTimeoutMs: 60_000,
    loadTimeoutMs: 60_000,
    maxLostThreads: 1,
    load: {
      module: costly.url,
      runner: "costly",
      threads: 1,
      backend: undefined,
      params: { a: 0, b: runMs },
    },
  });
  await pool.start();
  const batches = Math.round(2_000 / Math.max(0.2, runMs));
  const perSecond = async (inFlight: number): Promise<number> => {
    const startedAt = performance.now();
    let left = batches;
    const sender = async (): Promise<void> => {
      while (left-- > 0) await pool.runNow("batched", () => pack([1, 2, 3, 4]));
    };
    await Promise.all(Array.from({ length: inFlight }, sender));
    return (1000 * batches) / (performance.now() - startedAt);
  };
  await perSecond(1);
  const rounds: number[] = [];
  for (let round = 0; round < 3; round++) {
    const one = await perSecond(1);
    rounds.push((await perSecond(2)) / one);
  }
  await pool.close();
  console.log(
    `batches of ${runMs} ms: ahead ${quantile(0.5, rounds).toFixed(2)} x as many a second`,
  );
}

await lowLoad();
for (const runMs of [0, 0.2, 1, 5, 10]) await fullLoad(runMs);
