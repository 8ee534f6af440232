import assert from "node:assert/strict";
import { test } from "node:test";
import { BEAT_MS, MAX_MISSED_BEATS } from "../../../src/executor/web/heartbeat.ts";
import type { WebWorker } from "../../../src/executor/web/script.ts";
import type { FromWorker } from "../../../src/worker/protocol.ts";
import { silenced } from "../../support/silenced.ts";
import { FakeLocks, FakeWebWorker, started } from "./fake-web-worker.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const READY = { kind: "ready" } as FromWorker;

test("a worker gets its messages in their order, once its script runs", () => {
  const { web, worker } = started();
  worker.post({ kind: "ping" });
  worker.post({ kind: "close" });
  assert.deepEqual(web.kinds, []);
  web.sendStarted();
  assert.deepEqual(web.kinds, ["load", "ping", "close"]);
  worker.post({ kind: "ping" });
  assert.equal(web.kinds.at(-1), "ping");
});

test("a worker moves the buffers of a message", () => {
  const { web, worker } = started();
  web.sendStarted();
  const input = new Float32Array(4);
  worker.post({ kind: "run", id: 1, method: "m", input }, [input.buffer]);
  assert.equal(input.byteLength, 0);
});

test("a worker has ended if its function throws or returns no new worker", async () => {
  const twice = new FakeWebWorker() as unknown as WebWorker;
  started({ open: () => twice });
  const cases: readonly (readonly [open: () => unknown, reason: string])[] = [
    [
      () => {
        throw new Error("SecurityError: another origin");
      },
      "SecurityError: another origin",
    ],
    [() => undefined, 'the function "worker" must return a new Worker, but returned undefined'],
    [() => "./worker.js", 'the function "worker" must return a new Worker, but returned string'],
    [() => null, 'the function "worker" must return a new Worker, but returned null'],
    [() => twice, 'the function "worker" must return a new Worker each time it is called'],
  ];
  for (const [open, reason] of cases) {
    const { worker, events, clock } = started({ open: open as () => WebWorker });
    assert.deepEqual(events, [], "no event during the start");
    worker.post({ kind: "ping" });
    await turn();
    assert.deepEqual(events, [`exit: ${reason}`]);
    worker.terminate();
    assert.equal(clock.pending, 0);
  }
});

test("a worker has ended if its script does not run, and the reason says why", () => {
  const NOT_LOADED =
    "its script could not be loaded: its URL must be of this origin and answer with JavaScript " +
    "(not with 404, nor with a page of HTML), and a Content-Security-Policy must allow it in " +
    '"worker-src"';
  const cases: readonly (readonly [message: string | undefined, reason: string])[] = [
    [undefined, NOT_LOADED],
    ["", NOT_LOADED],
    ["Uncaught Error: no model", "Error: no model"],
    ["Uncaught (in promise) Error: no model", "Error: no model"],
    ['1 | throw new Error("no model");\n      ^\nerror: no model\n  at a.ts:1\n', "no model"],
    ["SyntaxError: Expression expected\n  |\n1 | let a = ;\n", "SyntaxError: Expression expected"],
    [
      "Uncaught SyntaxError: Cannot use import statement outside a module",
      "SyntaxError: Cannot use import statement outside a module: " +
        'start it by new Worker(url, { type: "module" })',
    ],
  ];
  for (const [message, reason] of cases) {
    const { web, events, clock } = started();
    assert.ok(web.fail(message), "on Deno, an error that is not handled ends the process");
    assert.deepEqual(events, [`exit: ${reason}`]);
    assert.equal(clock.pending, 0);
  }
});

test("a worker that fails later has ended, once", () => {
  const { web, events } = started();
  web.sendStarted();
  assert.ok(web.fail("boom"));
  assert.ok(web.fail("boom again"));
  web.dispatchEvent(new Event("messageerror"));
  web.send(READY);
  assert.deepEqual(events, ["exit: boom"]);
});

test("a worker has ended by each event of its end", () => {
  const ends: readonly (readonly [string, (web: FakeWebWorker) => void])[] = [
    ["it sent an unreadable message", (web) => web.dispatchEvent(new Event("messageerror"))],
    ["its code called close()", (web) => web.send({ kind: "closing" })],
    ["its code or its runtime ended it", (web) => web.dispatchEvent(new Event("close"))],
    ["exit code 7", (web) => web.dispatchEvent(Object.assign(new Event("close"), { code: 7 }))],
  ];
  for (const [reason, end] of ends) {
    const { web, events, clock } = started();
    web.sendStarted();
    web.send(READY);
    end(web);
    assert.deepEqual(events, ["ready", `exit: ${reason}`]);
    assert.equal(clock.pending, 0, reason);
  }
});

test("a worker may send messages of its own code", () => {
  const { web, events } = started();
  for (const data of ["hello", null]) web.send(data);
  web.sendStarted();
  for (const data of ["hello", null]) web.send(data);
  assert.deepEqual(events, []);
});

test("a worker with a script of another version has ended", () => {
  const { web, events, clock } = started();
  web.sendStarted("0.0.1");
  assert.match(events.join(), /^exit: its script has version 0\.0\.1 of Ekiben, and this one is /);
  assert.deepEqual([web.kinds, clock.pending], [[], 0]);
});

test("a worker whose parameters cannot be copied has ended", () => {
  const { web, events } = started({ params: { callback: () => 1 } });
  web.sendStarted();
  assert.match(events.join(), /^exit: its parameters cannot be copied: /);
});

test("a worker whose script does not call runWorker() is worth one warning", () => {
  using logs = silenced();
  const { web, clock, events } = started();
  clock.advance(9_999);
  assert.equal(logs.text, "");
  clock.advance(100_000);
  assert.match(logs.text, /runner .digits. has not called runWorker\(\) for 10 s[^\n]*\n$/);
  web.sendStarted();
  assert.deepEqual([web.kinds, events], [["load"], []]);
  const early = started();
  early.web.sendStarted();
  early.clock.advance(100_000);
  assert.equal(logs.text.match(/has not called/g)?.length, 1);
});

test("a worker that is terminated has no event, timer or request for a lock", async () => {
  for (const isLockFree of [false, true]) {
    const locks = new FakeLocks();
    const { web, worker, events, clock } = started({ locks });
    web.sendStarted();
    const { lock = "" } = web.received[0] as { readonly lock?: string };
    if (!isLockFree) void locks.request(lock, () => new Promise(() => {}));
    await turn();
    web.send({ kind: "locked" });
    await turn();
    assert.equal(locks.waiting, isLockFree ? 0 : 1);
    worker.terminate();
    assert.ok(web.isTerminated);
    await turn();
    web.send(READY);
    web.dispatchEvent(new Event("close"));
    assert.ok(web.fail("late"));
    assert.deepEqual([events, clock.pending, locks.waiting], [[], 0, 0]);
  }
});

test("a worker has ended when its lock is free, after its last messages", async () => {
  const locks = new FakeLocks();
  const { web, events, clock } = started({ locks });
  web.sendStarted();
  const { lock = "" } = web.received[0] as { readonly lock?: string };
  const life = Promise.withResolvers<void>();
  void locks.request(lock, () => life.promise);
  await turn();
  web.send({ kind: "locked" });
  web.send(READY);
  clock.advance(1_000 * BEAT_MS);
  await turn();
  assert.deepEqual([events, web.kinds], [["ready"], ["load"]], "no heartbeat is needed");
  life.resolve();
  await turn();
  web.send({ kind: "result" } as FromWorker);
  assert.deepEqual(events, ["ready", "result"]);
  clock.advance(100);
  assert.deepEqual(events, ["ready", "result", "exit: its code or its runtime ended it"]);
  assert.equal(clock.pending, 0);
});

test("a worker has a lock of its own", () => {
  const names = [1, 2].map(() => {
    const { web } = started({ locks: new FakeLocks() });
    web.sendStarted();
    return (web.received[0] as { readonly lock?: string }).lock;
  });
  assert.notEqual(names[0], names[1]);
  assert.match(names[0] ?? "", /^ekiben-worker-/);
});

test("a worker without a lock has ended when it does not answer its heartbeat", () => {
  for (const locks of [undefined, new FakeLocks()]) {
    const { web, events, clock } = started({ locks });
    web.sendStarted();
    web.send(READY);
    clock.advance(3 * BEAT_MS);
    assert.deepEqual(web.kinds, ["load", "ping"]);
    web.send({ kind: "pong" });
    clock.advance((MAX_MISSED_BEATS + 2) * BEAT_MS);
    assert.deepEqual(events, ["ready", "pong", "exit: it no longer answers"]);
    assert.equal(clock.pending, 0);
  }
});

test("a worker that reports its end has no heartbeat", () => {
  const { web, events, clock } = started({ reportsEnd: true });
  web.sendStarted();
  web.send(READY);
  assert.equal(clock.pending, 0);
  web.dispatchEvent(Object.assign(new Event("close"), { code: 1 }));
  assert.deepEqual([web.kinds, events], [["load"], ["ready", "exit: exit code 1"]]);
});

test("a worker has a heartbeat if the main thread cannot use its lock", async () => {
  const request = (): Promise<never> => Promise.reject(new DOMException("no", "SecurityError"));
  const { web, events, clock } = started({ locks: { request } });
  web.sendStarted();
  web.send({ kind: "locked" });
  await turn();
  web.send(READY);
  clock.advance((MAX_MISSED_BEATS + 1) * BEAT_MS);
  assert.deepEqual(events, ["ready", "exit: it no longer answers"]);
});
