/** The numbers of workers and threads, by the code of a runner and by what its operator says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Executor, workersBesideMain } from "../../src/executor/executor.ts";
import { runnable } from "../../src/runnable.ts";
import { type ConfiguredSize, sizeOf } from "../../src/runner/worker-count.ts";

const executor: Executor = {
  name: "threads",
  importsModules: true,
  stopsBusyWorkers: true,
  autoWorkers: workersBesideMain,
  start() {
    throw new Error("No worker is started here");
  },
};
const load = () => ({ methods: {} });
const single = runnable(import.meta.url, load);
const multi = runnable(import.meta.url, load, { multiThreaded: true });
const all = { sharesThreads: true } as const;

type Own = Parameters<typeof sizeOf>[0];
type Case = readonly [own: Own, configured: ConfiguredSize | undefined, size: [number, number]];

/** The numbers of workers and threads on 8 cores, of a runnable that uses one thread. */
const SINGLE: readonly Case[] = [
  [{}, undefined, [7, 1]],
  [{}, all, [7, 1]],
  [{ workers: "auto" }, undefined, [7, 1]],
  [{ workers: 3 }, undefined, [3, 1]],
  [{ workers: 3 }, { workers: 5 }, [5, 1]],
  [{ workers: 3 }, { workers: "auto" }, [7, 1]],
  [{}, { ...all, threads: 4 }, [7, 1]],
  [{}, { threads: 1 }, [7, 1]],
  [{ workers: 3 }, { cores: 2 }, [2, 1]],
  [{}, { cores: 0.5 }, [1, 1]],
  [{}, { cores: "all" }, [8, 1]],
  [{}, { cores: 2, workersPerCore: 2 }, [4, 1]],
  [{}, { workersPerCore: 0.5 }, [4, 1]],
  [{}, { cores: 2, workers: 5 }, [5, 1]],
];

/** The same of a runnable that can use several threads. */
const MULTI: readonly Case[] = [
  [{ threads: 4 }, undefined, [2, 4]],
  [{ threads: 4 }, { ...all, threads: 2 }, [4, 2]],
  [{ threads: 4, workers: 3 }, { threads: 16 }, [3, 16]],
  [{}, { threads: 16 }, [1, 16]],
  [{}, { cores: 4 }, [1, 4]],
  [{}, { cores: 3.5, workersPerCore: 2 }, [2, 4]],
  [{}, { cores: 4, threads: 2 }, [1, 2]],
];

for (const [definition, cases] of [
  [single, SINGLE],
  [multi, MULTI],
] as const) {
  const kind = definition.multiThreaded ? "several threads" : "one thread";
  for (const [own, configured, [workers, threads]] of cases) {
    test(`sizeOf(${JSON.stringify(own)}, ${JSON.stringify(configured)}) for ${kind}`, () => {
      const place = { runner: "r", executor, cores: 8, runnable: definition };
      const size = sizeOf(own, configured, place);
      assert.deepEqual([size.workers.value, size.threads.value], [workers, threads]);
    });
  }
}

test("sizeOf() refuses several threads for a runner that uses one", () => {
  const place = { runner: "mnist", executor, cores: 8, runnable: single };
  const message = /^Runner "mnist" asks for 4 threads, but its runnable uses one: declare it with/;
  assert.throws(() => sizeOf({}, { threads: 4 }, place), { name: "RangeError", message });
});

test("a machine with one core has one worker", () => {
  const place = { runner: "r", executor, cores: 1, runnable: single };
  assert.deepEqual(sizeOf({}, undefined, place), {
    workers: { value: 1, from: "default" },
    threads: { value: 1, from: "default" },
  });
});
