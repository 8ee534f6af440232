import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeTime, linesOf, quiet } from "../exposed.ts";

const help = "x";

test("Gauge is set, increased and decreased", async () => {
  const registry = quiet();
  const gauge = registry.gauge("x", { help });
  const values: unknown[] = [];
  const note = async () => values.push((await linesOf(registry))[0]);
  await note();
  gauge.inc();
  await note();
  gauge.inc(2.5);
  await note();
  gauge.dec();
  await note();
  gauge.dec(5);
  await note();
  gauge.set(7);
  await note();
  assert.deepEqual(values, ["x 0", "x 1", "x 3.5", "x 2.5", "x -2.5", "x 7"]);
});

test("LabelledGauge has the methods of Gauge for each set of labels", async () => {
  const registry = quiet({ dateNow: () => 1_700_000_000_500 });
  const gauge = registry.gauge("x", { help, labels: ["a"] });
  gauge.inc({ a: "inc" });
  gauge.inc({ a: "inc" }, 2);
  gauge.dec({ a: "dec" });
  gauge.dec({ a: "dec" }, 2);
  gauge.set({ a: "set" }, Number.NEGATIVE_INFINITY);
  gauge.setToCurrentTime({ a: "time" });
  gauge.setFunction({ a: "function" }, () => 4);
  gauge.labels({ a: "child" }).set(Number.NaN);
  assert.deepEqual(await linesOf(registry), [
    'x{a="inc"} 3',
    'x{a="dec"} -3',
    'x{a="set"} -Inf',
    'x{a="time"} 1700000000.5',
    'x{a="function"} 4',
    'x{a="child"} NaN',
  ]);
});

test("Gauge.set() refuses other values than numbers", () => {
  const gauge = quiet().gauge("x", { help });
  for (const value of ["1", undefined, null, {}]) {
    assert.throws(() => gauge.set(value as number), {
      name: "TypeError",
      message: `Cannot set gauge "x" to ${value}: it must be a number`,
    });
  }
});

test("Gauge.setToCurrentTime() sets the seconds since 1970", async () => {
  const time = fakeTime(2000);
  const registry = quiet(time);
  const gauge = registry.gauge("x", { help });
  time.advance(500);
  gauge.setToCurrentTime();
  assert.deepEqual(await linesOf(registry), ["x 2.5"]);
});

test("Gauge.trackInProgress() counts until the end of the block, once", async () => {
  const registry = quiet();
  const gauge = registry.gauge("x", { help, labels: ["a"] });
  {
    using first = gauge.trackInProgress({ a: 1 });
    using _second = gauge.trackInProgress({ a: 1 });
    assert.deepEqual(await linesOf(registry), ['x{a="1"} 2']);
    first[Symbol.dispose]();
    assert.deepEqual(await linesOf(registry), ['x{a="1"} 1']);
  }
  assert.deepEqual(await linesOf(registry), ['x{a="1"} 0']);
});

test("Gauge.setFunction() computes the value at each scrape", async () => {
  const registry = quiet();
  let value = 1;
  const gauge = registry.gauge("x", { help });
  gauge.setFunction(() => value);
  assert.deepEqual(await linesOf(registry), ["x 1"]);
  value = 2;
  gauge.set(5);
  assert.deepEqual(await linesOf(registry), ["x 2"]);
});

test("Gauge leaves out the sample of a function that fails, and warns once", async () => {
  const warnings: string[] = [];
  const registry = quiet({ warn: (text) => warnings.push(text) });
  const gauge = registry.gauge("x", { help, labels: ["a"] });
  let broken = true;
  gauge.setFunction({ a: "throws" }, () => {
    if (broken) throw new Error("no");
    return 1;
  });
  gauge.setFunction({ a: "text" }, () => "1" as unknown as number);
  gauge.set({ a: "well" }, 3);
  assert.deepEqual(await linesOf(registry), ['x{a="well"} 3']);
  assert.deepEqual(await linesOf(registry), ['x{a="well"} 3']);
  broken = false;
  assert.deepEqual(await linesOf(registry), ['x{a="throws"} 1', 'x{a="well"} 3']);
  assert.deepEqual(warnings, [
    'The function of gauge "x" failed, its sample is left out: no',
    'The function of gauge "x" failed, its sample is left out: ' +
      "it returned a value of type string, not a number",
  ]);
});

test("Gauge.time() and startTimer() set a duration in seconds", async () => {
  const time = fakeTime();
  const registry = quiet(time);
  const labelled = registry.gauge("x", { help, labels: ["a"] });
  const plain = registry.gauge("y", { help });
  {
    using timed = labelled.time({ a: 1 });
    using _ = plain.time();
    time.advance(250);
    timed[Symbol.dispose]();
    time.advance(1000);
    timed[Symbol.dispose]();
  }
  assert.deepEqual(await linesOf(registry), ['x{a="1"} 0.25', "y 1.25"]);
  const ends = [labelled.startTimer({ a: 1 }), plain.startTimer()];
  time.advance(500);
  assert.deepEqual(
    ends.map((end) => end()),
    [0.5, 0.5],
  );
  assert.deepEqual(await linesOf(registry), ['x{a="1"} 0.5', "y 0.5"]);
});
