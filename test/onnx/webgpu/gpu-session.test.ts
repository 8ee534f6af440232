import assert from "node:assert/strict";
import { test } from "node:test";
import { GpuQueue } from "../../../src/onnx/webgpu/gpu-queue.ts";
import { GpuSession } from "../../../src/onnx/webgpu/gpu-session.ts";
import { tensor } from "../../../src/tensor.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeOptions, fakeSession } from "./fake-sessions.ts";

const x = tensor("float32", [1, 2], Float32Array.of(1, 2));

interface Lost {
  readonly reason?: string;
  readonly message?: string;
}

function open(options: FakeOptions = {}) {
  const device = Promise.withResolvers<Lost>();
  const clock = new FakeClock();
  const inner = fakeSession(options);
  const losses: string[] = [];
  const queue = new GpuQueue(clock);
  const session = new GpuSession(
    inner,
    { lost: device.promise },
    queue,
    (reason) => losses.push(reason),
    clock,
  );
  return { session, inner, clock, queue, losses, lose: device.resolve };
}

const run = (session: GpuSession) => session.run({ x }, ["y"]);
const lost = { message: "The session cannot be used any more: the GPU device was lost: unplugged" };

test("GpuSession runs one at a time, also when many are asked for", async () => {
  let running = 0;
  let most = 0;
  const { session } = open({
    async before() {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    },
  });
  const outputs = await Promise.all(Array.from({ length: 8 }, () => run(session)));
  assert.equal(most, 1);
  for (const { y } of outputs) assert.deepEqual([...(y?.data ?? [])], [2, 4]);
});

test("GpuSession fails all runs when its device is lost, and runs no more", async () => {
  const { session, inner, losses, lose } = open({ before: () => new Promise(() => {}) });
  const runs = [run(session), run(session)].map((each) => assert.rejects(each, lost));
  await new Promise((resolve) => setImmediate(resolve));
  lose({ reason: "unknown", message: "unplugged" });
  await Promise.all(runs);
  await assert.rejects(run(session), lost);
  assert.deepEqual(losses, ["the GPU device was lost: unplugged"]);
  assert.equal(inner.given.length, 1);
});

test("GpuSession is released when its device is lost, and may be closed again", async () => {
  const { session, inner, lose } = open();
  lose({ reason: "destroyed", message: "" });
  await assert.rejects(async () => {
    for (;;) await run(session);
  }, /: the GPU device was lost: destroyed$/);
  await session.close();
  assert.ok(inner.closed);
});

test("GpuSession waits for the report of a loss after a run that failed", async () => {
  const { session, clock, lose } = open({
    before() {
      throw new Error("mapAsync failed");
    },
  });
  const first = assert.rejects(run(session), lost);
  await new Promise((resolve) => setImmediate(resolve));
  lose({ message: "unplugged" });
  await first;
  clock.advance(1_000);
});

test("GpuSession passes on the error of a run, and works afterwards", async () => {
  const { session, clock, losses } = open({
    before(_, nth) {
      if (nth === 1) throw new Error("bad input");
    },
  });
  const first = assert.rejects(run(session), { message: "bad input" });
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(20);
  await first;
  assert.deepEqual(Object.keys(await run(session)), ["y"]);
  assert.deepEqual(losses, []);
});

test("GpuSession cannot be used any more after a crash of ONNX Runtime", async () => {
  const { session, losses } = open({
    before() {
      throw new WebAssembly.RuntimeError("unreachable");
    },
  });
  const message = "The session cannot be used any more: ONNX Runtime has ended: unreachable";
  await assert.rejects(run(session), { message });
  await assert.rejects(run(session), { message });
  assert.deepEqual(losses, ["ONNX Runtime has ended: unreachable"]);
});

test("GpuSession reports no loss of a device that is destroyed by its close()", async () => {
  const { session, losses, lose } = open();
  await session.close();
  lose({ reason: "destroyed" });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(losses, []);
});

test("GpuSession takes queue with the other sessions of its thread", async () => {
  const { session, queue, clock } = open();
  const other = Promise.withResolvers<void>();
  void queue.run(() => other.promise, 1_000);
  const waiting = run(session);
  const late = assert.rejects(waiting, /^Error: the GPU has been busy .* for 600 s$/);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(600_000);
  await late;
  other.resolve();
  assert.deepEqual(Object.keys(await run(session)), ["y"]);
});
