/** Runners in the Web Workers of Bun and Deno. On Node each of these tests is that of its error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BEAT_MS } from "../../../src/executor/web/heartbeat.ts";
import { webExecutor } from "../../../src/executor/web/web.ts";
import { webEntryUrl } from "../../../src/executor/web/web-entry-url.ts";
import type { Host } from "../../../src/host/host.ts";
import { host as ownHost } from "../../../src/host/server.ts";
import { openSession } from "../../../src/onnx/session.ts";
import { runner } from "../../../src/runner/runner.ts";
import type { RunnerSettings } from "../../../src/runner/runner-options.ts";
import { tensor } from "../../../src/tensor.ts";
import { runCli } from "../../support/cli.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import session from "./fixtures/session.ts";
import stunts from "./fixtures/stunts.ts";

const isNode = !("Worker" in globalThis);
const isDeno = "Deno" in globalThis;

const NO_WORKERS =
  'Runner "stunts" cannot start its workers: this runtime has no isolation "web", but only ' +
  /* the others */ "";

/** Tests something about runners in Web Workers, or the error of a runtime without them. */
function webTest(name: string, work: () => Promise<void>): void {
  test(name, async () => {
    if (!isNode) return await work();
    await assert.rejects(started(), (error: Error) => {
      assert.ok(error.message.startsWith(NO_WORKERS), error.message);
      assert.match(
        error.message,
        /threads.*\. Node has no Web Workers: use "threads" or "process"$/,
      );
      return true;
    });
  });
}

/** Starts a runner of the stunts in Web Workers, and stops it at the end of the test. */
async function started(settings: RunnerSettings = {}, host: Host = ownHost) {
  const calls = runner(stunts, { name: "stunts", workers: 2, isolation: "web", ...settings });
  await calls.start(host);
  return { calls, [Symbol.asyncDispose]: () => calls.close() };
}

webTest("web: workers answer calls and batches, and report their errors", async () => {
  await using fixture = await started();
  const { calls } = fixture;
  assert.equal(await calls.echo(1), 1);
  const { data } = await calls.double(tensor("float32", [3], Float32Array.of(1, 2, 3)));
  assert.deepEqual([...data], [2, 4, 6]);
  await assert.rejects(calls.throws(undefined), { name: "RangeError", message: /by a method/ });
  const numbers = Array.from({ length: 100 }, (_, at) => at);
  assert.deepEqual(await Promise.all(numbers.map((value) => calls.echo(value))), numbers);
});

for (const backend of ["wasm", "native"] as const) {
  webTest(`web: a session on ${backend} answers as in this thread`, async () => {
    const pool = runner(session, { name: "session", workers: 2, isolation: "web" });
    await pool.start(ownHost, { backend });
    assert.deepEqual(pool.backends, [backend]);
    const own = await openSession(
      new URL("../../../examples/mnist/mnist-cnn.onnx", import.meta.url),
    );
    const input = tensor("float32", [2, 1, 28, 28], new Float32Array(2 * 28 * 28).fill(0.5));
    const [there, here] = [await pool.scores(input), await own.run<"float32">(input)];
    assert.deepEqual(there.shape, [2, 10]);
    for (const [at, value] of there.data.entries()) {
      assert.ok(Math.abs(value - (here.data[at] ?? Number.NaN)) < 1e-4);
    }
    await Promise.all([pool.close(), own.close()]);
  });
}

webTest(
  "web: errors that no code catches are logged, and an exception ends its worker",
  async () => {
    const script = fileURLToPath(new URL("fixtures/careless.ts", import.meta.url));
    const { code, output } = await runCli([], { script });
    assert.equal(code, 0, output);
    assert.match(output, /answered 3\n/);
    const logged = (what: string, text: string) =>
      new RegExp(`Unhandled ${what} in worker 1 of runner stunts: Error: ${text}\\n +at .*stunts`);
    assert.match(output, logged("rejection", "rejected outside of a call"));
    assert.match(output, /calls of the same worker: 2\n/);
    assert.match(output, logged("exception", "thrown outside of a call"));
    assert.match(output, /Worker 1 of runner stunts is lost: .*thrown outside of a call\n/);
    assert.match(
      output,
      /Runner "stunts" lost 2 workers while they ran "throwsOutside"\nanswered 4/,
    );
  },
);

for (const end of ["closes", "exits"] as const) {
  webTest(
    `web: a worker that ends in a call (${end}) is replaced, and the call runs again`,
    async () => {
      using _ = silenced();
      await using fixture = await started();
      const { calls } = fixture;
      await assert.rejects(calls[end](undefined), {
        code: "unavailable",
        message: `Runner "stunts" lost 2 workers while they ran "${end}"`,
      });
      assert.equal(await calls.echo(2), 2);
    },
  );
}

webTest("web: a worker that ends while it is idle is replaced", async () => {
  using logs = silenced();
  await using fixture = await started({ workers: 1 });
  const { calls } = fixture;
  assert.equal(await calls.exitsLater(1), 1);
  await until(() => calls.stats().restarts === 1 && calls.ready);
  assert.match(logs.text, /Worker 1 of runner .stunts. is lost: .it ended: /);
  assert.equal(await calls.echo(2), 2);
});

/**
 * Web Workers whose end nothing reports: the executor has neither locks nor Bun's event.
 *
 * @param onPong called when a worker has answered a ping
 */
function withoutReports(clock: FakeClock, onPong: () => void = () => {}): Host {
  const web = webExecutor({
    clock,
    importsModules: true,
    locks: undefined,
    reportsEnd: false,
    open: () => {
      const worker = new Worker(webEntryUrl(), { type: "module" });
      worker.addEventListener("close", (event) => event.stopImmediatePropagation());
      worker.addEventListener("message", ({ data }) => {
        if (data.kind === "pong") onPong();
      });
      return worker;
    },
  });
  return { ...ownHost, executors: { ...ownHost.executors, web } };
}

webTest(
  "web: a heartbeat finds a worker whose end nothing reports, idle or given a call",
  async () => {
    using logs = silenced();
    const clock = new FakeClock();
    await using fixture = await started({ workers: 1 }, withoutReports(clock));
    const { calls } = fixture;
    for (const [restarts, isGivenCall] of [false, true].entries()) {
      assert.equal(await calls.exitsLater(1), 1);
      // Its end, of which there is no sign.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const call = isGivenCall ? calls.echo(5) : undefined;
      await until(() => {
        clock.advance(BEAT_MS);
        return calls.stats().restarts > restarts && calls.ready;
      });
      assert.equal(await (call ?? calls.echo(5)), 5);
    }
    assert.match(logs.text, /is lost: .it ended: it no longer answers/);
  },
);

webTest("web: a heartbeat leaves a worker alone that computes for long", async () => {
  const clock = new FakeClock();
  let pongs = 0;
  const host = withoutReports(clock, () => {
    pongs += 1;
  });
  await using fixture = await started({ workers: 1 }, host);
  const { calls } = fixture;
  let isOver = false;
  const call = calls.busy(300).finally(() => {
    isOver = true;
  });
  await until(() => pongs === 1);
  await until(() => {
    if (!isOver) clock.advance(100 * BEAT_MS);
    return isOver;
  });
  assert.equal(await call, 300);
  assert.equal(calls.stats().restarts, 0);
});

webTest("web: a call that hangs is given up after its time", async () => {
  using _ = silenced();
  const clock = new FakeClock();
  await using fixture = await started({ callTimeoutMs: 1_000 }, { ...ownHost, clock });
  const { calls } = fixture;
  const call = assert.rejects(calls.never(undefined), {
    code: "deadline_exceeded",
    message: 'Worker 2 of runner "stunts" did not answer "never" within 1000 ms',
  });
  await until(() => calls.stats().running === 1);
  clock.advance(1_000);
  clock.advance(1_000);
  await call;
  await until(() => {
    clock.advance(100);
    return calls.stats().ready === 2;
  });
});

webTest(
  "web: a busy worker is stopped, but on Deno, where it counts as lost until it ends",
  async () => {
    using _ = silenced();
    const clock = new FakeClock();
    const settings = { workers: 1, callTimeoutMs: 1_000, maxLostThreads: 4 };
    await using fixture = await started(settings, { ...ownHost, clock });
    const { calls } = fixture;
    const isOver = new Int32Array(new SharedArrayBuffer(4));
    const call = calls.busyUntil(isOver);
    const rejected = assert.rejects(call, { code: "deadline_exceeded" });
    for (let run = 0; run < 2; run++) {
      await until(() => {
        if (!calls.ready) clock.advance(200);
        return calls.ready && calls.stats().running === 1;
      });
      clock.advance(1_000);
      if (isDeno) {
        clock.advance(1_000);
        assert.equal(calls.stats().lostThreads, 1);
        Atomics.store(isOver, 0, 1);
        await until(() => calls.stats().lostThreads === 0);
        Atomics.store(isOver, 0, 0); // for the second try, whose worker has not started
      }
    }
    await rejected;
    await until(() => {
      if (!calls.ready) clock.advance(200);
      return calls.ready;
    });
    assert.equal(await calls.echo(1), 1);
  },
);

webTest("web: a call that takes more memory of WASM than there is fails alone", async () => {
  await using fixture = await started({ workers: 1 });
  const { calls } = fixture;
  await calls.count(undefined);
  await assert.rejects(calls.fillsMemory(undefined), { name: "RangeError" });
  assert.equal(await calls.count(undefined), 2);
});
