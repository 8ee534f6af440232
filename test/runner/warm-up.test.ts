import assert from "node:assert/strict";
import { test } from "node:test";
import { host as nodeHost } from "../../src/host/server.ts";
import { batchSettings } from "../../src/runner/batching/batch-options.ts";
import type { Batcher } from "../../src/runner/batching/batcher.ts";
import { NO_BATCHES } from "../../src/runner/batching/policy.ts";
import type { Pool } from "../../src/runner/pool/pool.ts";
import type { WorkOptions } from "../../src/runner/pool/work-source.ts";
import { Padding } from "../../src/runner/rows/padding.ts";
import { runner } from "../../src/runner/runner.ts";
import { warmUp } from "../../src/runner/warm-up.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import type { MakePayload } from "../../src/worker/payload.ts";
import { FakeClock } from "../support/fake-clock.ts";
import warm, { PLACES } from "./fixtures/warm.ts";

function fixture(warmUp: readonly unknown[], workers = 1) {
  const batches = new Int32Array(new SharedArrayBuffer(4 * PLACES * workers));
  const doubles = runner(warm, {
    name: "warm",
    workers,
    batch: { maxBatchSize: 8 },
    params: { warmUp, batches },
  });
  return {
    doubles,
    /** The rows of the batches of a worker, by its index from 0. */
    rowsOf: (worker: number): number[] => {
      const own = batches.subarray(PLACES * worker, PLACES * (worker + 1));
      return [...own.subarray(1, 1 + (own[0] ?? 0))];
    },
  };
}

test("runner() warms up each worker, and learns of latency before it is ready", async () => {
  const { doubles, rowsOf } = fixture([1, 2], 2);
  await doubles.start(nodeHost);
  const { batchers } = doubles.stats();
  assert.ok((batchers["double"]?.a ?? 0) + (batchers["double"]?.b ?? 0) > 0, "it has learned");
  assert.equal((batchers["same"]?.a ?? 0) + (batchers["same"]?.b ?? 0), 0);
  assert.deepEqual(batchers["double"]?.batches, NO_BATCHES);
  const all = [...rowsOf(0), ...rowsOf(1)];
  assert.ok(rowsOf(0).length > 0 && rowsOf(1).length > 0, "both have run it");
  assert.ok(all.includes(8), `a batch was full: ${all}`);
  assert.ok(
    all.every((rows) => rows % 2 === 0 && rows <= 8),
    `${all}`,
  );
  assert.deepEqual(await doubles.double([4]), [8]);
  await doubles.close();
});

for (const [what, warmUp, message] of [
  ["that its method does not take", ["one"], 'of runner "warm": one is no number'],
  ["without rows", [], 'of runner "warm": its argument must have 1 to 8 rows, but has 0'],
  ["of more rows than a batch", new Array(9).fill(1), "1 to 8 rows, but has 9"],
] as const) {
  test(`runner() does not start with a warm-up ${what}`, async () => {
    const { doubles } = fixture(warmUp);
    await assert.rejects(doubles.start(nodeHost), ({ message: text }: Error) => {
      assert.ok(text.startsWith('Cannot warm up "double"') && text.endsWith(message), text);
      return true;
    });
    assert.equal(doubles.ready, false);
  });
}

for (const [what, options, rows, times, units] of [
  ["rows without weights", {}, 2, [1, 10], [2, 20]],
  ["padded rows by their length", { padding: true }, 2, [1, 10], [16, 160]],
  ["rows by their weight", { weight: 5 }, 2, [1, 10], [10, 100]],
  ["batches within their greatest weight", { weight: 5, maxBatchWeight: 39 }, 2, [1, 3], [10, 30]],
  ["an example that weighs more", { weight: 50, maxBatchWeight: 39 }, 1, [1, 1], [50, 50]],
] as const) {
  test(`warmUp() measures ${what} in units`, async () => {
    const { padding, weight, maxBatchWeight } = {
      ...{ padding: false, weight: undefined, maxBatchWeight: Number.POSITIVE_INFINITY },
      ...options,
    };
    const clock = new FakeClock();
    const example = tensor("float32", [rows, 8]);
    const seen: number[] = [];
    const pool = {
      size: 1,
      info: { warmUp: { embed: example } },
      runNow(_method: string, makePayload: MakePayload, { onEnd }: WorkOptions) {
        const { value } = makePayload();
        const count = (value as Tensor).shape[0] ?? 0;
        seen.push(count / rows);
        clock.advance(1);
        onEnd?.(1, true, count / 100);
        return Promise.resolve(value);
      },
    };
    const learned: number[] = [];
    const batcher = {
      settings: {
        ...batchSettings({ maxBatchSize: 20, maxBatchWeight }),
        ...(padding && { padding: new Padding("embed", { pad: { axis: 1, value: 0 } }) }),
        ...(weight && { weightOf: () => weight }),
      },
      learn: (count: number, ms: number, ranMs: number) => {
        learned.push(count);
        assert.deepEqual([ms, ranMs], [1, ((seen.at(-1) ?? 0) * rows) / 100]);
      },
    };
    const batchers = new Map([["embed", batcher as unknown as Batcher]]);
    await warmUp("texts", pool as unknown as Pool, batchers, clock);
    assert.deepEqual([...new Set(seen)], [...new Set(times)]);
    assert.deepEqual([...new Set(learned)], [...new Set(units)]);
  });
}
