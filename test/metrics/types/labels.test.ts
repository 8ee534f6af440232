import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelTree } from "../../../src/metrics/types/label-tree.ts";
import { linesOf, quiet } from "../exposed.ts";

const help = "x";

test("LabelledCounter names the given and the required labels", () => {
  const counter = quiet().counter("x", { help, labels: ["a", "b"] });
  const use = (labels: unknown) => () => counter.inc(labels as { a: string; b: string });
  const wanted = 'it has the labels "a", "b"';
  const cases = [
    [{ a: "1" }, `Cannot use metric "x_total" with the labels "a": ${wanted}`],
    [{ a: "1", c: "2" }, `Cannot use metric "x_total" with the labels "a", "c": ${wanted}`],
    [
      { a: "1", b: "2", c: "3" },
      `Cannot use metric "x_total" with the labels "a", "b", "c": ${wanted}`,
    ],
    [{}, `Cannot use metric "x_total" with the labels (none): ${wanted}`],
    [undefined, `Cannot use metric "x_total" with the labels (none): ${wanted}`],
    [2, `Cannot use metric "x_total" with the labels (none): ${wanted}`],
    [
      { a: "1", b: undefined },
      'Cannot set label "b" of metric "x_total" to a value of type undefined: ' +
        "it must be a string, number or boolean",
    ],
    [
      { a: null, b: "2" },
      'Cannot set label "a" of metric "x_total" to null: it must be a string, number or boolean',
    ],
  ] as const;
  for (const [labels, message] of cases) {
    assert.throws(use(labels), { name: "TypeError", message });
  }
});

test("LabelledCounter ignores inherited properties of labels", () => {
  const counter = quiet().counter("x", { help, labels: ["constructor"] });
  assert.throws(() => counter.inc({ a: "1" } as unknown as { constructor: string }), TypeError);
});

test("LabelledCounter writes numbers and booleans as String() does", async () => {
  const registry = quiet();
  const counter = registry.counter("x", { help, labels: ["a"] });
  counter.inc({ a: 200 });
  counter.inc({ a: "200" });
  counter.inc({ a: true });
  assert.deepEqual(await linesOf(registry), ['x_total{a="200"} 2', 'x_total{a="true"} 1']);
});

test("LabelledCounter takes labels in any order", async () => {
  const registry = quiet();
  const counter = registry.counter("x", { help, labels: ["a", "b"] });
  counter.inc({ a: "1", b: "2" });
  counter.inc({ b: "2", a: "1" });
  counter.labels({ b: "2", a: "1" }).inc();
  assert.deepEqual(await linesOf(registry), ['x_total{a="1",b="2"} 3']);
});

test("LabelTree distinguishes values that one joined key would confuse", () => {
  const tree = new LabelTree<number>();
  const lists = [
    ["a", "b,c"],
    ["a,b", "c"],
    ["", "a\u0000b"],
    ["a\u0000", "b"],
    ["__proto__", "constructor"],
  ];
  for (const [at, values] of lists.entries()) tree.set(values, at);
  assert.deepEqual(
    lists.map((values) => tree.get(values)),
    [0, 1, 2, 3, 4],
  );
  assert.equal(tree.get(["a", "x"]), undefined);
  assert.equal(tree.get(["x", "b"]), undefined);
});

test("Metrics bounds the series of a metric, and counts the rest as one", async () => {
  const warnings: string[] = [];
  const registry = quiet({ maxSeries: 3, warn: (text) => warnings.push(text) });
  const counter = registry.counter("x", { help, labels: ["path", "code"] });
  for (let at = 1; at <= 10; at += 1) counter.inc({ path: `/${at}`, code: 200 });
  counter.inc({ path: "/2", code: 200 });
  assert.deepEqual(await linesOf(registry), [
    'x_total{path="/1",code="200"} 1',
    'x_total{path="/2",code="200"} 2',
    'x_total{path="/3",code="200"} 1',
    'x_total{path="other",code="other"} 7',
  ]);
  assert.deepEqual(warnings, [
    'Metric "x_total" has 3 series, its bound: path="/4", code="200" and other new values ' +
      'are counted under "other". Remove series that have ended, and use no label whose values ' +
      "have no bound, such as an id",
  ]);
});

test("Metrics accepts maxSeries for one metric, and refuses wrong bounds", async () => {
  const registry = quiet({ maxSeries: 3 });
  const histogram = registry.summary("x", { help, labels: ["a"], maxSeries: 1 });
  for (const a of ["other", "b", "c"]) histogram.observe({ a }, 1);
  assert.deepEqual(await linesOf(registry, "x_count"), ['x_count{a="other"} 3']);
  for (const maxSeries of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => quiet({ maxSeries }), RangeError);
    assert.throws(() => registry.gauge("y", { help, maxSeries }), RangeError);
  }
});

test("Metrics counts values that are not well-formed as one series", async () => {
  const registry = quiet();
  const gauge = registry.gauge("x", { help, labels: ["a"] });
  for (const a of ["\ud800", "\udfff", "\ufffd"]) gauge.inc({ a });
  assert.deepEqual(await linesOf(registry), ['x{a="\ufffd"} 3']);
});
