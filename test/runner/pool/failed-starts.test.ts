/** Workers that do not load again: the pool fails, unless something from outside killed them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Executor, ExitCause, WorkerEvents } from "../../../src/executor/executor.ts";
import { NO_GATE } from "../../../src/worker/native-gate.ts";
import { silenced } from "../../support/silenced.ts";
import { settled } from "../fake-workers.ts";
import { fakePool } from "./fake-threads.ts";

const READY = { kind: "ready", methods: { m: "plain" }, backends: [], warmUp: {} } as const;

/** A pool of one worker, which loads; `end()` ends the current worker. */
async function started() {
  const workers: WorkerEvents[] = [];
  const startWorker: Executor["start"] = (_, events) => {
    workers.push(events);
    return { gate: NO_GATE, post: () => {}, terminate: () => {} };
  };
  const { pool, clock } = fakePool(startWorker, { loadTimeoutMs: 60_000 });
  const load = (): void => workers.at(-1)?.message({ ...READY, metrics: undefined });
  const start = pool.start();
  load();
  await start;
  return {
    pool,
    load,
    async end(cause?: ExitCause): Promise<void> {
      workers.at(-1)?.exit("it ended", cause);
      clock.advance(20_000);
      await settled();
    },
  };
}

test("Pool starts another worker however often one is killed while it loads", async () => {
  using _ = silenced();
  const { pool, load, end } = await started();
  for (let time = 0; time < 20; time++) await end("killed");
  load();
  assert.equal(pool.ready, true);
});

test("Pool fails when a worker ends by itself again and again while it loads", async () => {
  using _ = silenced();
  for (const cause of [undefined, "memory"] as const) {
    const { pool, end } = await started();
    for (let time = 0; time < 6; time++) await end(cause);
    assert.equal(pool.whyNotReady, "none of its workers loads any more");
  }
});
