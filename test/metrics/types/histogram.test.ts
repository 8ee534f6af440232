import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeTime, linesOf, quiet } from "../exposed.ts";

const help = "x";

test("Histogram counts a value in the first bucket whose bound is at least the value", async () => {
  const cases = [
    [-1, [1, 1, 1, 1]],
    [0, [1, 1, 1, 1]],
    [1, [1, 1, 1, 1]],
    [1 + Number.EPSILON, [0, 1, 1, 1]],
    [2, [0, 1, 1, 1]],
    [3, [0, 0, 1, 1]],
    [4, [0, 0, 1, 1]],
    [4.1, [0, 0, 0, 1]],
    [Number.POSITIVE_INFINITY, [0, 0, 0, 1]],
    [Number.NEGATIVE_INFINITY, [1, 1, 1, 1]],
  ] as const;
  for (const [value, counts] of cases) {
    const registry = quiet();
    registry.histogram("x", { help, buckets: [1, 2, 4] }).observe(value);
    const lines = await linesOf(registry, "x_bucket");
    assert.deepEqual(
      lines.map((line) => Number(line.split(" ")[1])),
      counts,
      `${value}`,
    );
  }
});

test("Histogram.observe() adds to the count and the sum", async () => {
  const registry = quiet();
  const histogram = registry.histogram("x", { help, labels: ["a"], buckets: [1, 2] });
  histogram.observe({ a: "1" }, 0.5);
  histogram.labels({ a: "1" }).observe(1.5);
  histogram.observe({ a: "1" }, 100);
  histogram.labels({ a: "2" });
  assert.deepEqual(await linesOf(registry), [
    'x_bucket{a="1",le="1.0"} 1',
    'x_bucket{a="1",le="2.0"} 2',
    'x_bucket{a="1",le="+Inf"} 3',
    'x_count{a="1"} 3',
    'x_sum{a="1"} 102',
    'x_bucket{a="2",le="1.0"} 0',
    'x_bucket{a="2",le="2.0"} 0',
    'x_bucket{a="2",le="+Inf"} 0',
    'x_count{a="2"} 0',
    'x_sum{a="2"} 0',
  ]);
});

test("Histogram.observe() and Summary.observe() refuse other values than numbers", async () => {
  const registry = quiet();
  const histogram = registry.histogram("h", { help });
  const summary = registry.summary("s", { help });
  for (const value of [Number.NaN, "1", undefined]) {
    assert.throws(() => histogram.observe(value as number), {
      name: "RangeError",
      message: `Cannot observe ${value} in histogram "h": it must be a number`,
    });
    assert.throws(() => summary.observe(value as number), {
      name: "RangeError",
      message: `Cannot observe ${value} in summary "s": it must be a number`,
    });
  }
  assert.deepEqual(await linesOf(registry, "h_count"), ["h_count 0"]);
  assert.deepEqual(await linesOf(registry, "s_"), ["s_count 0", "s_sum 0"]);
});

test("Summary.observe() adds to the count and the sum", async () => {
  const registry = quiet();
  const plain = registry.summary("plain", { help });
  const labelled = registry.summary("labelled", { help, labels: ["a"] });
  plain.observe(2);
  plain.observe(-0.5);
  labelled.observe({ a: "1" }, 3);
  labelled.labels({ a: "1" }).observe(4);
  assert.deepEqual(await linesOf(registry), [
    "plain_count 2",
    "plain_sum 1.5",
    'labelled_count{a="1"} 2',
    'labelled_sum{a="1"} 7',
  ]);
});

for (const type of ["histogram", "summary"] as const) {
  test(`${type} observes durations in seconds`, async () => {
    const time = fakeTime();
    const registry = quiet(time);
    const labelled = registry[type]("x", { help, labels: ["a"] });
    const plain = registry[type]("y", { help });
    const end = labelled.startTimer({ a: "1" });
    const endPlain = plain.startTimer();
    time.advance(1500);
    assert.equal(end(), 1.5);
    assert.equal(endPlain(), 1.5);
    {
      using timed = labelled.time({ a: "1" });
      using _ = plain.time();
      time.advance(250);
      timed[Symbol.dispose]();
      time.advance(1000);
    }
    assert.deepEqual(await linesOf(registry, "x_sum"), ['x_sum{a="1"} 1.75']);
    assert.deepEqual(await linesOf(registry, "x_count"), ['x_count{a="1"} 2']);
    assert.deepEqual(await linesOf(registry, "y_sum"), ["y_sum 2.75"]);
    // A clock that is set back.
    const backwards = plain.startTimer();
    time.advance(-1000);
    assert.equal(backwards(), 0);
  });
}
