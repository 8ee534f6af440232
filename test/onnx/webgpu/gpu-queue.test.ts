import assert from "node:assert/strict";
import { test } from "node:test";
import { GpuQueue } from "../../../src/onnx/webgpu/gpu-queue.ts";
import { FakeClock } from "../../support/fake-clock.ts";

test("GpuQueue runs operations one after another, also after one that fails", async () => {
  const queue = new GpuQueue(new FakeClock());
  const events: string[] = [];
  const operation = (name: string) => async (): Promise<string> => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    events.push(`${name} ends`);
    if (name === "b") throw new Error("b failed");
    return name;
  };
  const results = await Promise.allSettled(
    ["a", "b", "c"].map((name) => queue.run(operation(name), 1_000)),
  );
  assert.deepEqual(
    results.map((each) => (each.status === "fulfilled" ? each.value : each.reason.message)),
    ["a", "b failed", "c"],
  );
  assert.deepEqual(
    events,
    ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
});

test("GpuQueue refuses an operation that has waited too long, and runs later ones", async () => {
  const clock = new FakeClock();
  const queue = new GpuQueue(clock);
  const hung = Promise.withResolvers<string>();
  const first = queue.run(() => hung.promise, 1_000);
  const second = queue.run(async () => "second", 10_000);
  const third = queue.run(async () => "third", 60_000);
  clock.advance(10_000);
  await assert.rejects(second, {
    message: "the GPU has been busy with other runs of this thread for 10 s",
  });
  hung.resolve("first");
  assert.deepEqual(await Promise.all([first, third]), ["first", "third"]);
  assert.equal(await queue.run(async () => "fourth", 1), "fourth");
  assert.equal(clock.pending, 0);
});
