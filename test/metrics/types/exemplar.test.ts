import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeTime, quiet, textOf } from "../exposed.ts";

const help = "x";
const OPEN_METRICS = "application/openmetrics-text";
const start = 1_700_000_000_000;

/** The lines with an exemplar. */
async function exemplarsOf(registry: ReturnType<typeof quiet>): Promise<readonly string[]> {
  return (await textOf(registry, OPEN_METRICS)).split("\n").filter((line) => line.includes(" # {"));
}

test("Counter stores its last exemplar", async () => {
  const time = fakeTime(start);
  const registry = quiet(time);
  const counter = registry.counter("x", { help, labels: ["a"] });
  counter.inc({ a: "1" }, 2, { exemplar: { trace_id: "first" } });
  time.advance(250);
  counter.labels({ a: "1" }).inc(3, { exemplar: { trace_id: "second", span_id: "s" } });
  counter.inc({ a: "1" }, 4);
  registry.counter("y", { help }).inc(1, { exemplar: {} });
  assert.deepEqual(await exemplarsOf(registry), [
    'x_total{a="1"} 9 # {trace_id="second",span_id="s"} 3 1700000000.250',
    "y_total 1 # {} 1 1700000000.250",
  ]);
  assert.doesNotMatch(await textOf(registry), / # \{/);
});

test("Histogram stores the last exemplar of each bucket", async () => {
  const registry = quiet({ dateNow: () => start });
  const histogram = registry.histogram("x", { help, labels: ["a"], buckets: [1, 2] });
  histogram.observe({ a: "1" }, 0.5, { exemplar: { trace_id: "a" } });
  histogram.observe({ a: "1" }, 1, { exemplar: { trace_id: "b" } });
  histogram.labels({ a: "1" }).observe(9, { exemplar: { trace_id: 'c"\\\n' } });
  histogram.observe({ a: "1" }, 0.5);
  assert.deepEqual(await exemplarsOf(registry), [
    'x_bucket{a="1",le="1.0"} 3 # {trace_id="b"} 1 1700000000.000',
    'x_bucket{a="1",le="+Inf"} 4 # {trace_id="c\\"\\\\\\n"} 9 1700000000.000',
  ]);
});

test("Exemplars of more than 128 characters are dropped, and the value is counted", async () => {
  const registry = quiet({ dateNow: () => start });
  const counter = registry.counter("x", { help });
  // 8 characters of name, 120 of value; an astral character is one.
  const fits = "😀".repeat(120);
  counter.inc(1, { exemplar: { trace_id: fits } });
  counter.inc(1, { exemplar: { trace_id: `${fits}x` } });
  assert.deepEqual(await exemplarsOf(registry), [
    `x_total 2 # {trace_id="${fits}"} 1 1700000000.000`,
  ]);
});

test("Exemplars with labels that are not valid are refused, and nothing is counted", async () => {
  const registry = quiet();
  const counter = registry.counter("x", { help });
  const histogram = registry.histogram("y", { help, buckets: [1] });
  for (const exemplar of [{ "trace-id": "x" }, { __trace: "x" }, { id: 1 as unknown as string }]) {
    assert.throws(() => counter.inc(1, { exemplar }), TypeError);
    assert.throws(() => histogram.observe(1, { exemplar }), TypeError);
  }
  assert.match(await textOf(registry), /^x_total 0$[\s\S]*^y_count 0$/m);
});

test("Metrics refuses unknown options of an observation", () => {
  const registry = quiet();
  const counter = registry.counter("x", { help });
  const histogram = registry.histogram("y", { help });
  const wrong = { exemplars: { trace_id: "4f" } } as object;
  for (const [name, count] of [
    ["x_total", () => counter.inc(1, wrong)],
    ["y", () => histogram.observe(1, wrong)],
  ] as const) {
    assert.throws(count, {
      name: "TypeError",
      message: `Cannot count in "${name}" with the option "exemplars": did you mean "exemplar"?`,
    });
  }
  assert.throws(() => counter.inc(1, { exemplar: null as never }), {
    name: "TypeError",
    message: "An exemplar must be an object of labels, but was null",
  });
});
