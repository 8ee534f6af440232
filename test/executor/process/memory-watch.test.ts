import assert from "node:assert/strict";
import process from "node:process";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { MemoryWatch } from "../../../src/executor/process/memory-watch.ts";
import { until } from "../../support/until.ts";

test("MemoryWatch reads the memory of a process", async () => {
  const readings: number[] = [];
  const guard = new PassThrough();
  const watch = new MemoryWatch(process.pid, guard, (mb) => readings.push(mb));
  await until(() => readings.length > 1 || guard.readableLength > 0);
  watch.stop();
  if (process.platform !== "linux") return;
  const [mb = 0] = readings;
  assert.ok(mb > 20 && mb < 20_000, `${mb} MB`);
  assert.ok(watch.peakMb >= mb);
});

test("MemoryWatch takes the reports of the guard where it cannot read the memory", () => {
  const readings: number[] = [];
  const asked: unknown[] = [];
  const guard = new PassThrough();
  guard.write = (chunk: unknown) => asked.push(chunk) > 0;
  const noSuchProcess = 2 ** 30;
  const watch = new MemoryWatch(noSuchProcess, guard, (mb) => readings.push(mb));
  assert.equal(asked.length, 1, "the first byte asks for reports");
  for (const chunk of ["1048", "576\n", "2097152\n3145728\n41"]) {
    guard.emit("data", new TextEncoder().encode(chunk));
  }
  watch.stop();
  assert.deepEqual(readings, [1, 3]);
  assert.equal(watch.peakMb, 3);
});
