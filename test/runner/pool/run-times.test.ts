/** The milliseconds that a worker measures reach the pool, over every executor. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXECUTORS } from "../../../src/executor/executor.ts";
import { host } from "../../../src/host/server.ts";
import { Pool } from "../../../src/runner/pool/pool.ts";
import type { Runnable } from "../../../src/worker/runnable.ts";
import costly from "../../bench/costly.ts";
import { sent } from "./fake-threads.ts";

/** A timer may end so much before its time, and two clocks may differ by as much. */
const TOLERANCE_MS = 2;

for (const isolation of EXECUTORS) {
  test(`a worker of ${isolation} reports how long its run took, without the way`, async () => {
    const executor = host.executors[isolation];
    if (executor === undefined) {
      assert.equal(isolation, "web", "Node alone lacks one executor: it has no Web Workers");
      return;
    }
    const pool = new Pool(host.clock, {
      runnable: costly as unknown as Runnable,
      ...{ name: "costly", executor, workers: 1, maxMemoryMb: undefined },
      ...{ notIdempotent: [], callTimeoutMs: 60_000, loadTimeoutMs: 60_000, maxLostThreads: 1 },
      load: {
        ...{ module: costly.url, runner: "costly", threads: 1, backend: undefined },
        params: { a: 10, b: 30 },
      },
    });
    await pool.start();
    try {
      for (const [method, input, leastMs] of [
        ["batched", [0, 0, 0], 60],
        ["plain", 0, 40],
      ] as const) {
        const ends: (readonly [ms: number, isAnswered: boolean, ranMs?: number | undefined])[] = [];
        const sentAt = performance.now(); // the pool's own time begins when the call has been sent
        await pool.runNow(method, sent(input), { onEnd: (...end) => void ends.push(end) });
        const ms = performance.now() - sentAt;
        assert.equal(ends.length, 1);
        const [, isAnswered, ranMs = 0] = ends[0] ?? [0, false];
        assert.ok(isAnswered);
        assert.ok(ranMs >= leastMs - TOLERANCE_MS, `${method} ran ${ranMs} ms`);
        assert.ok(ranMs <= ms + TOLERANCE_MS, `${method} ran ${ranMs} ms of ${ms}`);
      }
    } finally {
      await pool.close();
    }
  });
}
