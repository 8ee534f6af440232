import assert from "node:assert/strict";
import { test } from "node:test";
import prom from "prom-client";
import { type PromRegistry, readRegistry } from "../../src/metrics/included.ts";
import { bodyOf, quiet, samplesIn, textOf } from "./exposed.ts";

const help = "x";
const OPEN_METRICS = "application/openmetrics-text";

function promRegistry() {
  const registry = new prom.Registry();
  const registers = [registry];
  const counter = new prom.Counter({ name: "c", help, labelNames: ["a"], registers });
  counter.inc({ a: "1" }, 2);
  new prom.Gauge({ name: "g", help, registers }).set(3);
  const histogram = new prom.Histogram({
    name: "h",
    help,
    labelNames: ["a"],
    buckets: [0.5, 1],
    registers,
  });
  histogram.observe({ a: "1" }, 0.75);
  histogram.observe({ a: "2" }, 7);
  const summary = new prom.Summary({ name: "s", help, percentiles: [0.5, 0.9], registers });
  summary.observe(4);
  registry.setDefaultLabels({ app: "ä" });
  return registry;
}

test("metrics() exposes the included registries of prom-client", async () => {
  const included = promRegistry();
  const registry = quiet({ include: [included] });
  registry.gauge("first", { help }).set(1);
  const text = await textOf(registry);
  const samples = [...samplesIn(text)];
  const [own, ...others] = samples;
  assert.deepEqual(own, ["first", 1]);
  const theirs = [...samplesIn(await included.metrics())];
  const sorted = (list: typeof samples) => list.sort(([a], [b]) => (a < b ? -1 : 1));
  // Quantiles are written as floats here.
  const plain = others.map(([key, value]) => [key, value] as [string, number]);
  assert.deepEqual(sorted(plain), sorted(theirs));
  assert.match(text, /^h_bucket\{a="1",app="ä",le="1.0"\} 1$/m);
});

test("metrics() exposes included registries in every format", async () => {
  const registry = quiet({ include: [promRegistry()] });
  const text = await textOf(registry, OPEN_METRICS);
  // OpenMetrics requires that counters end in _total; prom-client does not.
  assert.match(text, /^# TYPE c counter\n# HELP c x\nc_total\{a="1",app="ä"\} 2$/m);
  assert.match(text, /^s\{app="ä",quantile="0.5"\} 4$/m);
  const bytes = await bodyOf(registry, "application/vnd.google.protobuf");
  assert.ok(bytes.length > 300);
});

test("metrics() exposes the exemplars of prom-client", async () => {
  const included = new prom.Registry<prom.OpenMetricsContentType>();
  included.setContentType(prom.Registry.OPENMETRICS_CONTENT_TYPE);
  const registers = [included];
  const enableExemplars = true;
  const counter = new prom.Counter({ name: "c", help, registers, enableExemplars });
  counter.inc({ value: 2, exemplarLabels: { trace_id: "4f" } });
  const buckets = [1, 2];
  const histogram = new prom.Histogram({ name: "h", help, registers, enableExemplars, buckets });
  histogram.observe({ labels: {}, value: 1.5, exemplarLabels: { trace_id: "5a" } });
  const text = await textOf(quiet({ include: [included] }), OPEN_METRICS);
  assert.match(text, /^c_total 2 # \{trace_id="4f"\} 2 \d+\.\d{3}$/m);
  assert.match(text, /^h_bucket\{le="2.0"\} 1 # \{trace_id="5a"\} 1.5 \d+\.\d{3}$/m);
});

test("metrics() exposes the first of two metrics of one name, and warns once", async () => {
  const warnings: string[] = [];
  const include = [promRegistry(), promRegistry()];
  const registry = quiet({ include, warn: (text) => warnings.push(text) });
  registry.gauge("g", { help }).set(1);
  registry.counter("h_count", { help }).inc();
  await textOf(registry);
  const text = await textOf(registry);
  assert.match(text, /^g 1$/m);
  assert.equal(text.match(/# TYPE c /g)?.length, 1);
  const named = (name: string) =>
    `An included registry has metric "${name}", which exists already: only the first is exposed`;
  assert.deepEqual(warnings.sort(), ["c", "g", "h", "s"].map(named));
});

test("metrics() exposes the rest if an included registry fails", async () => {
  const warnings: string[] = [];
  const metric = (type: string, text: unknown = help) => ({
    getMetricsAsJSON: async () => [{ name: type, help: text as string, type, values: [] }],
  });
  const include: PromRegistry[] = [
    { getMetricsAsJSON: async () => Promise.reject(new Error("rejected")) },
    {
      getMetricsAsJSON: () => {
        throw new Error("thrown");
      },
    },
    metric("untyped"),
    metric("gauge", null),
    promRegistry(),
  ];
  const registry = quiet({ include, warn: (text) => warnings.push(text) });
  assert.match(await textOf(registry), /^g\{app="ä"\} 3$/m);
  const prefix = "Cannot read the metrics of an included registry: ";
  assert.deepEqual(warnings.slice(0, 3), [
    `${prefix}rejected`,
    `${prefix}thrown`,
    `${prefix}metric "untyped" is of type untyped, which prom-client does not have`,
  ]);
  assert.equal(warnings.length, 4);
});

test("readRegistry() fails after a limit", async () => {
  const silent: PromRegistry = { getMetricsAsJSON: () => new Promise(() => {}) };
  await assert.rejects(readRegistry(silent, 1), { message: "it has not answered within 1 ms" });
});

test("metrics() writes counts of included registries as whole numbers", async () => {
  const sample = (metricName: string, value: number, le?: string) => ({
    metricName,
    value,
    labels: { le, absent: undefined },
  });
  const values = [
    sample("h_bucket", 1.5, "1"),
    sample("h_bucket", 2.5, "+Inf"),
    sample("h_count", 2.5),
    sample("h_sum", 0.5),
  ];
  const metric = { name: "h", help, type: "histogram", values };
  const include = [{ getMetricsAsJSON: async () => [metric] }];
  const registry = quiet({ include });
  assert.match(await textOf(registry), /^h_bucket\{le="1.0"\} 1\nh_bucket\{le="\+Inf"\} 2\n/m);
  assert.ok((await bodyOf(registry, "application/vnd.google.protobuf")).length > 0);
});

test("metrics() exposes one of two included metrics that share a name of samples", async () => {
  const include = [
    ["histogram", "x"],
    ["gauge", "x_count"],
    ["counter", "y"],
    ["gauge", "y_total"],
  ].map(([type, name = ""]) => ({
    getMetricsAsJSON: async () => [
      { name, help, type, values: [{ labels: {}, value: 1, metricName: name }] },
    ],
  }));
  const warnings: string[] = [];
  const text = await textOf(quiet({ include, warn: (said) => warnings.push(said) }));
  assert.deepEqual(text.match(/^# TYPE .*/gm), ["# TYPE x histogram", "# TYPE y counter"]);
  assert.equal(warnings.length, 2);
});
