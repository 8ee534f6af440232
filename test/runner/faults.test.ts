/**
 * Workers with ONNX models, native and WASM, that are killed, hang and run out of memory while
 * other calls are under way, over each executor: all other calls get their own answers, the losses
 * are counted, other workers take their places, and nothing is left at the end.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { EXECUTORS, type ExecutorName } from "../../src/executor/executor.ts";
import { host } from "../../src/host/server.ts";
import { metrics } from "../../src/metrics/registry.ts";
import type { LossReason } from "../../src/runner/metrics/runner-events.ts";
import { runner } from "../../src/runner/runner.ts";
import { tensor } from "../../src/tensor.ts";
import { linesOf } from "../support/exposition.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import faulty, { type FaultyParams } from "./fixtures/faulty.ts";

type Backend = FaultyParams["backend"];

const WORKERS = 2;
/** The least number of other calls. */
const MIN_CALLS = 50;
const limits = { timeout: 300_000 };

async function started(isolation: ExecutorName, backend: Backend, callTimeoutMs: number) {
  const calls = runner(faulty, {
    name: "faulty",
    isolation,
    workers: WORKERS,
    callTimeoutMs,
    maxLostThreads: 4,
    ...(isolation === "process" ? { maxMemoryMb: 400 } : {}),
    params: { backend },
  });
  const registry = metrics({ processMetrics: false });
  const about = { serviceName: "s", serviceVersion: "v", namespace: "bentoml_runner" };
  await calls.start(host, { metricsOf: () => ({ ...about, registry, enabled: true }) });
  return { calls, registry, [Symbol.asyncDispose]: () => calls.close() };
}

type Started = Awaited<ReturnType<typeof started>>;
type Calls = Started["calls"];

/** A fault, and what follows from it. */
interface Fault {
  /** Causes it. Returns the call that does. */
  readonly cause: (calls: Calls) => Promise<unknown>;
  /** The end of that call: a code, or "answered". */
  readonly code: string;
  /** The reason for which workers are counted as lost, if any are. */
  readonly loss: LossReason | undefined;
  /** The reason for which it is left out over an executor. */
  readonly omitted?: (isolation: ExecutorName) => string | false;
}

const ENDS_ALL = "it would end the process that the test runs in";
const HOLDS_ALL = "it would keep the callers and all timers waiting";
const inline = (why: string) => (isolation: ExecutorName) => isolation === "inline" && why;

const FAULTS: Readonly<Record<string, Fault>> = {
  "is killed from outside": {
    cause: async (calls) => {
      const pid = await calls.pid(undefined);
      process.kill(pid, "SIGKILL");
      return pid;
    },
    code: "answered",
    loss: "exit",
    omitted: (isolation) => isolation !== "process" && ENDS_ALL,
  },
  exits: {
    cause: (calls) => calls.exit(3),
    code: "unavailable",
    loss: "exit",
    omitted: inline(ENDS_ALL),
  },
  "exits during a run of the model": {
    cause: (calls) => calls.exitInside("exit"),
    code: "unavailable",
    loss: "exit",
    omitted: inline(ENDS_ALL),
  },
  "throws during a run of the model": {
    cause: (calls) => calls.exitInside("throw"),
    code: "unavailable",
    loss: "exit",
    omitted: inline(ENDS_ALL),
  },
  "awaits for ever": {
    cause: (calls) => calls.await(undefined),
    code: "deadline_exceeded",
    loss: "hang",
  },
  "is in a loop": {
    cause: (calls) => calls.spin(6_000),
    code: "deadline_exceeded",
    loss: "hang",
    omitted: inline(HOLDS_ALL),
  },
  "is inside a run of the model for too long": {
    cause: (calls) => calls.inside(undefined),
    code: "deadline_exceeded",
    loss: "hang",
    omitted: inline(HOLDS_ALL),
  },
  "fills the JavaScript heap": {
    cause: (calls) => calls.fillHeap(undefined),
    code: "unavailable",
    loss: "memory",
    omitted: (isolation) =>
      isolation !== "process" && "without a limit of its own, it takes the memory of the machine",
  },
  "has no memory for a tensor": {
    cause: (calls) => calls.expand(undefined),
    code: "failed_precondition",
    loss: undefined,
  },
};

/** Makes a call of its own numbers, and checks its answer. */
async function inferred(calls: Calls, at: number): Promise<void> {
  const x = Float32Array.from({ length: 1 + (at % 5) }, (_, row) => at / 100 + row);
  const steps = tensor("int64", [1], BigInt64Array.of(2n));
  const { y } = await accepted(() => calls.infer({ steps, x: tensor("float32", [x.length], x) }));
  const expected = x.map((value) => Math.sin(Math.sin(value)));
  assert.equal(y?.data.length, x.length);
  for (const [row, value] of expected.entries()) {
    const given: number = Number(y?.data[row]);
    assert.ok(Math.abs(given - value) < 1e-5, `call ${at}: ${given} instead of ${value}`);
  }
}

/** Makes a call, and again while it is refused before it runs: on a slow machine, others wait. */
async function accepted<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!/^Runner "faulty" is overloaded: /.test(String((error as Error).message))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Makes calls until it is stopped. Returns their number. */
async function load(calls: Calls, stop: AbortSignal): Promise<number> {
  let made = 0;
  const caller = async (): Promise<void> => {
    while (!stop.aborted || made < MIN_CALLS) {
      made += 1;
      await inferred(calls, made);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return made;
}

/** The number of lost workers, by the reason. */
async function losses({ registry }: Started): Promise<Record<string, number>> {
  const lines = await linesOf(registry, "ekiben_worker_losses_total");
  return Object.fromEntries(
    Object.entries(lines).map(([name, count]) => [/reason="(\w+)"/.exec(name)?.[1] ?? "", count]),
  );
}

/** Causes faults during other calls, and checks what follows. */
async function suffers(fixture: Started, faults: readonly Fault[]): Promise<void> {
  const { calls, registry } = fixture;
  const stop = new AbortController();
  const others = load(calls, stop.signal);
  others.catch(() => {});
  const ends = faults.map(({ cause }) =>
    cause(calls).then(
      () => "answered",
      (error: { code?: string }) => error.code ?? String(error),
    ),
  );
  assert.deepEqual(
    await Promise.all(ends),
    faults.map(({ code }) => code),
  );
  await until(() => {
    const { ready, lostThreads } = calls.stats();
    return ready === WORKERS && lostThreads === 0;
  });
  stop.abort();
  assert.ok((await others) >= MIN_CALLS);
  assert.equal(calls.ready, true);
  const counted = await losses(fixture);
  const reasons = Object.keys(counted).filter((reason) => counted[reason] !== 0);
  const expected = new Set(faults.flatMap(({ loss }) => loss ?? []));
  assert.deepEqual(new Set(reasons), expected);
  const [restarts] = Object.values(await linesOf(registry, "ekiben_worker_restarts_total"));
  assert.equal(restarts, calls.stats().restarts);
}

const BOTH = ["native", "wasm"] as const;

/** The backends of each executor. `FAULTS=all` has all of them, which takes two minutes. */
const BACKENDS: Readonly<Record<ExecutorName, readonly Backend[]>> =
  process.env["FAULTS"] === "all"
    ? { threads: BOTH, process: BOTH, web: BOTH, inline: BOTH }
    : { threads: ["wasm"], process: ["native"], web: ["wasm"], inline: ["wasm"] };

for (const isolation of EXECUTORS) {
  for (const backend of BACKENDS[isolation]) {
    for (const [kind, callTimeoutMs] of [
      ["hang", 2_000], // longer than the machine may stop a worker for
      ["end", 20_000],
    ] as const) {
      const what = `whose calls ${kind === "hang" ? "hang" : "end it"}`;
      test(`runner() over ${isolation} outlives ${backend} workers ${what}`, limits, async () => {
        using _ = silenced();
        if (host.executors[isolation] === undefined) {
          return await assert.rejects(started(isolation, backend, 1), /has no isolation/);
        }
        await using fixture = await started(isolation, backend, callTimeoutMs);
        const faults = Object.values(FAULTS).filter(
          ({ loss, omitted }) => (loss === "hang") === (kind === "hang") && !omitted?.(isolation),
        );
        await suffers(fixture, faults);
      });
    }
  }
}
