import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { host } from "../../../src/host/server.ts";
import { metrics } from "../../../src/metrics/registry.ts";
import { runner } from "../../../src/runner/runner.ts";
import type { RunnerSettings } from "../../../src/runner/runner-options.ts";
import { logged, startCli } from "../../support/cli.ts";
import { linesOf } from "../../support/exposition.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import echo, { type End } from "../fixtures/echo.ts";

const ABOUT = { serviceName: "s", serviceVersion: "1", namespace: "bentoml_runner" };

async function started(settings: RunnerSettings & { params?: unknown } = {}, clock = host.clock) {
  const registry = metrics();
  const calls = runner(echo, {
    name: "echo",
    isolation: "process",
    workers: 1,
    optional: true,
    ...settings,
  } as never);
  const metricsOf = () => ({ ...ABOUT, registry, enabled: true });
  await calls.start({ ...host, clock }, { metricsOf });
  return { calls, registry, [Symbol.asyncDispose]: () => calls.close() };
}

/** Returns true for a process that runs, as opposed to one that nobody has waited for. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

interface EndCase {
  readonly end: End;
  /** The reason of the loss in the log, and that in the metrics. */
  readonly log: RegExp;
  readonly reason: "exit" | "memory";
}

const ENDS: readonly EndCase[] = [
  { end: "exit", log: /is lost: .it ended: exit code 7.$/m, reason: "exit" },
  // Some runtimes report the signal, and some a code.
  { end: "abort", log: /it ended: (killed by SIG\w+|exit code 13\d).$/m, reason: "exit" },
  { end: "SIGKILL", log: /it ended: killed by SIGKILL: by hand, or by/, reason: "exit" },
  { end: "throw", log: /it ended: thrown outside of a call.$/m, reason: "exit" },
  {
    end: "array buffers",
    log: /it ended: it used \d+ MB of memory, and maxMemoryMb is 200.$/m,
    reason: "memory",
  },
  {
    end: "objects",
    log: /it ended: it used \d+ MB of memory, and maxMemoryMb is 200/,
    reason: "memory",
  },
];

for (const { end, log, reason } of ENDS) {
  test(`a worker process ends alone, and says why: ${end}`, async () => {
    using records = silenced();
    // Above half of the limit, an abort counts as one for lack of memory. Node takes 110 MB.
    await using fixture = await started({ maxMemoryMb: reason === "memory" ? 200 : 1000 });
    const { calls, registry } = fixture;
    const why = reason === "memory" ? ", for lack of memory" : "";
    await assert.rejects(calls.end(end), {
      code: "unavailable",
      message: `Runner "echo" lost 2 workers while they ran "end"${why}`,
    });
    assert.equal(await calls.echo("still there"), "still there");
    assert.match(records.text, log);
    const losses = await linesOf(registry, "ekiben_worker_losses_total");
    assert.equal(losses[`ekiben_worker_losses_total{runner_name="echo",reason="${reason}"}`], 2);
  });
}

for (const end of ["exit", "abort", "SIGKILL"] as const) {
  test(`processes that a worker process has started end with it: ${end}`, async () => {
    using _ = silenced();
    await using fixture = await started();
    const { calls } = fixture;
    const child = (await calls.spawnLong(undefined)) as number;
    assert.ok(isAlive(child));
    await assert.rejects(calls.end(end), { code: "unavailable" });
    await until(() => !isAlive(child));
  });
}

test("a worker process that is busy is killed when its call is over its time", async () => {
  using _ = silenced();
  const clock = new FakeClock();
  await using fixture = await started({ callTimeoutMs: 1_000 }, clock);
  const { calls } = fixture;
  for (let run = 0; run < 2; run++) {
    const pid = (await calls.pid(undefined)) as number;
    const call = calls.end("loop");
    const failed = assert.rejects(call, { code: "deadline_exceeded" });
    for (let time = 0; time < 2; time++) {
      await until(() => calls.stats().running === 1);
      clock.advance(1_000);
      await until(() => {
        clock.advance(200); // until the replacement is started
        return calls.stats().ready === 1;
      });
    }
    await failed;
    await until(() => !isAlive(pid));
  }
  assert.equal(calls.stats().lostThreads, 0);
});

test("a worker process does not end by signals for the server", async () => {
  await using fixture = await started();
  const pid = (await fixture.calls.pid(undefined)) as number;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid, signal);
  assert.equal(await fixture.calls.pid(undefined), pid);
});

test("worker processes end with the process that started them, however it ends", async () => {
  const script = fileURLToPath(new URL("../fixtures/parent.ts", import.meta.url));
  await using parent = await startCli([], { script }, /pids (.+) end/);
  await logged(parent, /printed in a worker/);
  const pids = parent.url.split(" ").map(Number);
  assert.deepEqual(pids.map(isAlive), [true, true, true]);
  parent.kill("SIGKILL");
  await parent.ended;
  await until(() => !pids.some(isAlive));
});

test("a runner in processes refuses parameters that they cannot have", async () => {
  const params = { shared: new SharedArrayBuffer(8) };
  await assert.rejects(started({ params }), {
    message: /its parameters cannot be sent to a process: .*SharedArrayBuffer/,
  });
});

test("runner() refuses maxMemoryMb for workers that cannot have it", async () => {
  for (const isolation of ["threads", "inline"] as const) {
    await assert.rejects(started({ maxMemoryMb: 200, isolation }), {
      message: /maxMemoryMb is for isolation "process", and its isolation is "(threads|inline)"$/,
    });
  }
});
