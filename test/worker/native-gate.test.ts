import assert from "node:assert/strict";
import { test } from "node:test";
import { isAnyInNativeCode, NativeGate, WorkerGate } from "../../src/worker/native-gate.ts";

function openGate() {
  const gate = new NativeGate();
  const returns = { count: 0 };
  const passage = new WorkerGate(gate.word, () => {
    returns.count += 1;
  });
  /** Enters native code, until the function it returns is called. */
  const enter = () => {
    const inside = Promise.withResolvers<void>();
    const done = passage.run(() => inside.promise);
    return async () => {
      inside.resolve();
      await done;
    };
  };
  return { gate, passage, returns, enter, [Symbol.dispose]: () => gate.forget() };
}

test("NativeGate.close() closes the gate of a thread outside", async () => {
  using fixture = openGate();
  assert.equal(await fixture.passage.run(() => 7), 7);
  assert.equal(fixture.gate.close(), true);
  assert.equal(fixture.gate.close(), true, "once more");
  assert.deepEqual([fixture.gate.isInside, fixture.returns.count], [false, 0]);
});

test("NativeGate.close() retires a thread inside, which reports when it has left", async () => {
  using fixture = openGate();
  const { gate, passage, returns } = fixture;
  const leaves = [fixture.enter(), fixture.enter()];
  assert.equal(gate.close(), false);
  let entered = false;
  const refused = passage.run(() => {
    entered = true;
  });
  await assert.rejects(refused, /is being closed/);
  assert.equal(entered, false);
  for (const [at, leave] of leaves.entries()) {
    assert.deepEqual([gate.isInside, gate.close(), returns.count], [true, false, 0]);
    await leave();
    assert.equal(returns.count, at, "after the last one has left");
  }
  assert.deepEqual([gate.isInside, gate.close()], [false, true]);
});

test("WorkerGate lets a retired thread in to free its resources", async () => {
  using fixture = openGate();
  const leave = fixture.enter();
  fixture.gate.close();
  await leave();
  fixture.passage.startClosing();
  assert.equal(await fixture.passage.run(() => fixture.gate.close()), false, "it is inside");
  assert.deepEqual([fixture.returns.count, fixture.gate.close()], [2, true]);
});

test("WorkerGate.run() leaves when the work throws or rejects", async () => {
  using fixture = openGate();
  const failures: (() => unknown)[] = [
    () => {
      throw new Error("thrown");
    },
    () => Promise.reject(new Error("rejected")),
  ];
  for (const work of failures) await assert.rejects(fixture.passage.run(work), /thrown|rejected/);
  assert.equal(fixture.gate.close(), true);
});

test("isAnyInNativeCode() is about live threads only", async () => {
  using fixture = openGate();
  assert.equal(isAnyInNativeCode(), false);
  const leave = fixture.enter();
  assert.equal(isAnyInNativeCode(), true);
  fixture.gate.close();
  assert.equal(isAnyInNativeCode(), true, "retired, and still inside");
  await leave();
  assert.equal(isAnyInNativeCode(), false);
  using other = openGate();
  other.enter();
  assert.equal(isAnyInNativeCode(), true);
  other.gate.forget();
  assert.equal(isAnyInNativeCode(), false, "the thread is over");
});
