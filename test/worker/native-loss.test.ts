/** Workers that are inside native code when their time is over: nothing may stop them there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { threads } from "../../src/executor/threads/threads.ts";
import { host as nodeHost } from "../../src/host/server.ts";
import { runner } from "../../src/runner/runner.ts";
import type { RunnerSettings } from "../../src/runner/runner-options.ts";
import { isAnyInNativeCode } from "../../src/worker/native-gate.ts";
import native, { AT } from "../runner/fixtures/native.ts";
import { withThreads } from "../support/executors.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

const CALL_MS = 1_000;

function made(settings: RunnerSettings & { holdsLoad?: boolean } = {}) {
  const { holdsLoad = false, ...rest } = settings;
  const shared = new Int32Array(new SharedArrayBuffer(16));
  const clock = new FakeClock();
  const terminated = { count: 0 };
  const host = withThreads({ ...nodeHost, clock }, (start, events) => {
    const thread = threads.start(start, events);
    return {
      ...thread,
      terminate: () => {
        terminated.count += 1;
        thread.terminate();
      },
    };
  });
  const calls = runner(native, {
    name: "native",
    workers: 1,
    callTimeoutMs: CALL_MS,
    maxLostThreads: 1,
    ...rest,
    params: { shared, holdsLoad },
  });
  const read = (at: keyof typeof AT): number => Atomics.load(shared, AT[at]);
  return {
    calls,
    clock,
    host,
    terminated,
    read,
    /** Lets all that are inside native code return. */
    open: () => {
      Atomics.store(shared, AT.open, 1);
      Atomics.notify(shared, AT.open);
    },
    /** Makes a call that exceeds its time inside native code. */
    async hang(method: "hold" | "holdTwice" = "hold"): Promise<void> {
      const before = read("entered");
      const call = calls[method](undefined as never);
      const rejected = assert.rejects(call, { code: "deadline_exceeded" });
      await until(() => read("entered") > before);
      clock.advance(CALL_MS);
      await rejected;
    },
    /** Lets replacements start. */
    async ready(): Promise<void> {
      await until(() => {
        if (calls.stats().ready === 0) clock.advance(200);
        return calls.stats().ready === 1;
      });
    },
  };
}

async function started(settings: RunnerSettings = {}) {
  const fixture = made(settings);
  await fixture.calls.start(fixture.host);
  return {
    ...fixture,
    async [Symbol.asyncDispose]() {
      fixture.open();
      await until(() => !isAnyInNativeCode());
      await fixture.calls.close();
    },
  };
}

test("runner() retires a worker inside native code, and frees it when that returns", async () => {
  using _ = silenced();
  await using fixture = await started();
  const { calls, terminated, read } = fixture;
  await fixture.hang("holdTwice");
  assert.deepEqual([calls.stats().lostThreads, terminated.count], [1, 0]);
  assert.equal(calls.whyNotReady, "threads that are busy and cannot be stopped: 1");
  // The call has not been run again: it would have been lost in the same way.
  assert.equal(read("entered"), 1);
  await fixture.ready();
  assert.equal(await calls.echo("the next worker"), "the next worker");
  assert.equal(calls.stats().lostThreads, 1);

  fixture.open();
  await until(() => calls.stats().lostThreads === 0);
  assert.deepEqual([calls.ready, terminated.count], [true, 1]);
  assert.equal(read("closed"), 1, "its runnable has been closed");
  assert.equal(read("refused"), 1, "it entered native code once more to no avail");
  assert.equal(await calls.echo("the same worker"), "the same worker");
});

test("runner() starts no more workers when too many are inside native code", async () => {
  using _ = silenced();
  await using fixture = await started({ maxLostThreads: 1 });
  const { calls, clock } = fixture;
  for (let lost = 1; lost <= 2; lost++) {
    await fixture.ready();
    await fixture.hang();
    assert.equal(calls.stats().lostThreads, lost);
  }
  const waiting = calls.echo("waits");
  clock.advance(CALL_MS);
  assert.deepEqual([calls.stats().ready, clock.pending], [0, 0], "nothing is planned");
  fixture.open();
  await until(() => calls.stats().lostThreads === 0);
  await fixture.ready();
  assert.equal(await waiting, "waits");
});

test("runner() abandons a worker that loads in native code without stopping it", async () => {
  using _ = silenced();
  const fixture = made({ loadTimeoutMs: 500, holdsLoad: true });
  const { calls, clock, terminated, read } = fixture;
  const failed = assert.rejects(calls.start(fixture.host), /did not load within 500 ms/);
  await until(() => read("entered") === 1);
  clock.advance(500);
  // The end of the start waits for the thread, for a bounded time.
  await until(() => clock.pending > 0);
  clock.advance(2_000);
  await failed;
  assert.deepEqual([terminated.count, isAnyInNativeCode()], [0, true]);
  fixture.open();
  await until(() => terminated.count === 1);
});

/** Makes a worker stay in native code: in a call, or retired after one that hung. */
async function enterNativeCode(fixture: ReturnType<typeof made>, lost: boolean): Promise<void> {
  const { calls, read } = fixture;
  await calls.start(fixture.host);
  if (lost) {
    await fixture.hang();
    await fixture.ready();
    return;
  }
  const call = calls.hold(undefined);
  call.catch(() => {});
  await until(() => read("entered") === 1);
}

for (const [what, lost] of [
  ["runs a call", false],
  ["was retired", true],
] as const) {
  test(`runner.close() waits for a worker inside native code that ${what}`, async () => {
    using _ = silenced();
    const fixture = made();
    const { calls, clock, terminated } = fixture;
    await enterNativeCode(fixture, lost);
    let closed = false;
    const closing = calls.close(5_000).then(() => {
      closed = true;
    });
    const others = lost ? 1 : 0;
    await until(() => clock.pending === 1 && terminated.count === others);
    clock.advance(4_999);
    assert.equal(closed, false);
    fixture.open();
    await closing;
    assert.deepEqual([terminated.count, isAnyInNativeCode()], [others + 1, false]);
    assert.equal(clock.pending, 0);
  });

  test(`runner.close() leaves a worker inside native code that ${what} in the end`, async () => {
    using _ = silenced();
    const fixture = made();
    const { calls, clock, terminated } = fixture;
    await enterNativeCode(fixture, lost);
    const closing = calls.close(5_000);
    const others = lost ? 1 : 0;
    await until(() => clock.pending === 1 && terminated.count === others);
    clock.advance(5_000);
    await closing;
    assert.deepEqual([terminated.count, isAnyInNativeCode()], [others, true]);
    fixture.open();
    await until(() => terminated.count === others + 1);
  });
}

test("runner() outlives calls that are too long in ONNX Runtime's native library", async () => {
  using _ = silenced();
  const fixture = made();
  const { calls, clock } = fixture;
  await calls.start(fixture.host);
  assert.equal(await calls.infer(1), 100_000);
  for (let round = 0; round < 2; round++) {
    const call = assert.rejects(calls.infer(1_500), { code: "deadline_exceeded" });
    await until(() => isAnyInNativeCode());
    clock.advance(CALL_MS);
    await call;
    assert.equal(calls.stats().lostThreads, 1);
    await fixture.ready();
    await until(() => calls.stats().lostThreads === 0);
    assert.equal(await calls.infer(1), 100_000);
  }
  await calls.close();
});
