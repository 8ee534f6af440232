import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics } from "../../../src/metrics/registry.ts";
import { familiesOf, quiet } from "../exposed.ts";

test("MetricsRegistry writes each type of metric in protobuf", async () => {
  const registry = quiet({ dateNow: () => 1_700_000_000_500 });
  const counter = registry.counter("x", { help: "X\n", unit: "bytes", labels: ["a"] });
  counter.inc({ a: "ä" }, 1.5, { exemplar: { trace_id: "4f" } });
  counter.inc({ a: "" });
  registry.gauge("y", { help: "Y" }).set(Number.NEGATIVE_INFINITY);
  registry.gauge("unused", { help: "U", labels: ["a"] });
  registry.summary("z", { help: "Z" }).observe(3);
  const created = { createdTimestamp: "2023-11-14T22:13:20.500Z" };
  assert.deepEqual(await familiesOf(registry), [
    {
      name: "x_bytes_total",
      help: "X\n",
      type: "COUNTER",
      unit: "bytes",
      metric: [
        {
          label: [{ name: "a", value: "ä" }],
          counter: {
            value: 1.5,
            exemplar: {
              label: [{ name: "trace_id", value: "4f" }],
              value: 1.5,
              timestamp: "2023-11-14T22:13:20.500Z",
            },
            ...created,
          },
        },
        { counter: { value: 1, ...created } },
      ],
    },
    { name: "y", help: "Y", type: "GAUGE", metric: [{ gauge: { value: "-Infinity" } }] },
    { name: "unused", help: "U", type: "GAUGE" },
    {
      name: "z",
      help: "Z",
      type: "SUMMARY",
      metric: [{ summary: { sampleCount: "1", sampleSum: 3, ...created } }],
    },
  ]);
});

test("MetricsRegistry writes classic and native buckets in protobuf", async () => {
  const registry = quiet({ dateNow: () => 0 });
  const histogram = registry.histogram("x", {
    help: "X",
    buckets: [1, 2],
    native: { schema: 0 },
  });
  // Buckets by index: 0: 1, 1: 2, 3: 1 (after a gap of one), 8: 3 (after a gap of four); -1: 2.
  for (const value of [1, 2, 2, 8, 200, 201, 202, -0.5, -0.4, 0]) {
    histogram.observe(value, value === 8 ? { exemplar: { a: "b" } } : {});
  }
  assert.deepEqual(await familiesOf(registry), [
    {
      name: "x",
      help: "X",
      type: "HISTOGRAM",
      metric: [
        {
          histogram: {
            sampleCount: "10",
            sampleSum: 615.1,
            bucket: [
              { cumulativeCount: "4", upperBound: 1 },
              { cumulativeCount: "6", upperBound: 2 },
              {
                cumulativeCount: "10",
                upperBound: "Infinity",
                exemplar: {
                  label: [{ name: "a", value: "b" }],
                  value: 8,
                  timestamp: "1970-01-01T00:00:00Z",
                },
              },
            ],
            createdTimestamp: "1970-01-01T00:00:00Z",
            schema: 0,
            zeroThreshold: 2 ** -128,
            zeroCount: "1",
            negativeSpan: [{ offset: -1, length: 1 }],
            negativeDelta: ["2"],
            positiveSpan: [
              { offset: 0, length: 4 },
              { offset: 4, length: 1 },
            ],
            positiveDelta: ["1", "1", "-2", "1", "2"],
          },
        },
      ],
    },
  ]);
});

test("MetricsRegistry marks an empty native histogram as native", async () => {
  const registry = quiet({ dateNow: () => 0 });
  registry.histogram("x", { help: "X", buckets: [1], native: true });
  registry.histogram("y", { help: "Y", buckets: [1] });
  const [native, classic] = JSON.parse(JSON.stringify(await familiesOf(registry)));
  assert.equal(native.metric[0].histogram.zeroThreshold, 2 ** -128);
  assert.equal(native.metric[0].histogram.schema, 3);
  assert.equal("schema" in classic.metric[0].histogram, false);
});

test("MetricsRegistry writes the metrics of the process in protobuf", async () => {
  const families = JSON.parse(JSON.stringify(await familiesOf(metrics())));
  const found = families.find(({ name }: { name: string }) => name === "process_cpu_seconds_total");
  assert.equal(found.type, "COUNTER");
  assert.ok(found.metric[0].counter.value > 0);
});
