import assert from "node:assert/strict";
import { test } from "node:test";
import { fullName, type MetricType, type NameParts } from "../../../src/metrics/types/name.ts";
import { workerMetrics } from "../../../src/metrics/worker/worker-metrics.ts";
import { quiet, textOf } from "../exposed.ts";

const help = "x";

test("fullName() composes names as Python's client does", () => {
  const cases: readonly (readonly [MetricType, string, NameParts, string])[] = [
    ["counter", "polarity", {}, "polarity_total"],
    ["counter", "polarity_total", {}, "polarity_total"],
    ["counter", "sent_total", { unit: "bytes" }, "sent_bytes_total"],
    ["counter", "sent_bytes", { unit: "bytes" }, "sent_bytes_total"],
    ["gauge", "x_total", {}, "x_total"],
    ["gauge", "x", { namespace: "a", subsystem: "b", unit: "c" }, "a_b_x_c"],
    ["gauge", "x", { namespace: "a", unit: "c" }, "a_x_c"],
    ["gauge", "c", { unit: "c" }, "c_c"],
    ["histogram", "duration_seconds", { unit: "seconds" }, "duration_seconds"],
    [
      "histogram",
      "request_duration_seconds",
      { namespace: "bentoml", subsystem: "api_server" },
      "bentoml_api_server_request_duration_seconds",
    ],
    ["gauge", "2xx", { namespace: "http" }, "http_2xx"],
    ["gauge", "rule:of_recording", {}, "rule:of_recording"],
  ];
  for (const [type, name, parts, full] of cases) assert.equal(fullName(type, name, parts), full);
});

test("fullName() refuses names that are not valid", () => {
  for (const name of ["", "2xx", "a-b", "a b", "ä", "a.b", "a\n"]) {
    assert.throws(() => fullName("gauge", name, {}), {
      name: "TypeError",
      message:
        `Cannot name a metric ${JSON.stringify(name)}: a name is letters, digits, "_" and ":", ` +
        "and does not begin with a digit",
    });
  }
  assert.throws(() => fullName("gauge", "x", { unit: "m/s" }), {
    message: 'Cannot name the metric "x" with unit "m/s": it must be letters, digits, "_" and ":"',
  });
});

test("Metrics refuses labels that Prometheus does not accept", () => {
  const valid = 'a label is letters, digits and "_", and does not begin with a digit or with "__"';
  const cases = [
    [["a-b"], `"a-b": ${valid}`],
    [["__name__"], `"__name__": ${valid}`],
    [["1"], `"1": ${valid}`],
    [[""], `"": ${valid}`],
    [["a", "b", "a"], '"a": it occurs twice'],
  ] as const;
  for (const [labels, why] of cases) {
    assert.throws(() => quiet().gauge("x", { help, labels }), {
      name: "TypeError",
      message: `Cannot give metric "x" the label ${why}`,
    });
  }
  assert.throws(() => quiet().histogram("x", { help, labels: ["le"] }), {
    message: 'Cannot give metric "x" the label "le": every histogram has a label of that name',
  });
  assert.throws(() => quiet().summary("x", { help, labels: ["quantile"] }), {
    message: 'Cannot give metric "x" the label "quantile": every summary has a label of that name',
  });
  // They are reserved for the types that use them.
  quiet().gauge("x", { help, labels: ["le", "quantile"] });
});

test("Metrics refuses metrics without help", () => {
  for (const missing of ["", "  ", undefined as unknown as string]) {
    assert.throws(() => quiet().counter("x", { help: missing }), {
      name: "TypeError",
      message: 'Cannot define metric "x_total" without help: "help" must say what it measures',
    });
  }
});

test("Metrics returns the same metric for the same definition", async () => {
  const registry = quiet();
  registry.counter("x", { help, labels: ["a"] }).inc({ a: 1 });
  registry.counter("x_total", { help, labels: ["a"] }).inc({ a: "1" });
  registry.gauge("y", { help }).inc();
  registry.gauge("y", { help }).inc();
  const text = await textOf(registry);
  assert.match(text, /^x_total\{a="1"\} 2$/m);
  assert.match(text, /^y 2$/m);
  assert.equal(text.match(/# TYPE/g)?.length, 2);
});

test("Metrics names the difference between two definitions of a name", () => {
  const registry = quiet();
  registry.gauge("g", { help, labels: ["a"] });
  registry.histogram("h", { help, buckets: [1, 2] });
  const now = (name: string, words: string) => ({
    name: "TypeError",
    message: `Cannot define metric "${name}" again with another definition: ${words}`,
  });
  assert.throws(
    () => registry.summary("g", { help, labels: ["a"] }),
    now("g", 'type "summary", not "gauge"'),
  );
  assert.throws(
    () => registry.gauge("g", { help: "y", labels: ["a", "b"] }),
    now("g", 'help "y", not "x"; labels ["a","b"], not ["a"]'),
  );
  assert.throws(
    () => registry.gauge("g", { help, labels: ["a"], aggregate: "sum" }),
    now("g", 'aggregate "sum", not "all"'),
  );
  assert.throws(
    () => registry.histogram("h", { help, buckets: [1, 3], native: true }),
    now("h", 'buckets [1,3], not [1,2]; native {"schema":3,"maxBuckets":160}, not (none)'),
  );
});

test("Metrics refuses metrics that would share a name of samples", () => {
  const cases = [
    ["counter", "x", "gauge", "x", "x"],
    ["histogram", "x", "gauge", "x_bucket", "x_bucket"],
    ["gauge", "x_count", "summary", "x", "x_count"],
    ["counter", "x", "gauge", "x_created", "x_created"],
  ] as const;
  for (const [type, name, other, otherName, clash] of cases) {
    const registry = quiet();
    registry[type](name, { help });
    assert.throws(
      () => registry[other](otherName, { help }),
      (error: Error) => error.message.includes(`both would have samples named "${clash}"`),
      `${type} ${name}, ${other} ${otherName}`,
    );
  }
});

test("Gauge refuses an unknown aggregate", () => {
  const aggregate = "average" as "sum";
  assert.throws(() => quiet().gauge("x", { help, aggregate }), {
    name: "TypeError",
    message: /"average": it must be one of all, liveall, sum, /,
  });
});

test("Gauge refuses a label `worker` if its aggregate adds one", () => {
  const labels = ["worker"] as const;
  assert.throws(() => workerMetrics().gauge("x", { help, labels }), {
    name: "TypeError",
    message:
      'Cannot define gauge "x" with a label "worker" and aggregate "all", which adds that label: ' +
      "choose another aggregate or label",
  });
  workerMetrics().gauge("x", { help, labels, aggregate: "max" });
  workerMetrics().counter("x", { help, labels });
  // On the main thread, no label is added.
  quiet().gauge("x", { help, labels });
});

/** Unknown options, and the hint for each. */
const unknown: readonly (readonly [type: MetricType, option: string, said: string])[] = [
  ["counter", "labelnames", 'did you mean "labels"?'],
  ["counter", "labelNames", 'did you mean "labels"?'],
  ["gauge", "lables", 'did you mean "labels"?'],
  ["gauge", "multiprocess_mode", 'did you mean "aggregate"?'],
  ["gauge", "agregate", 'did you mean "aggregate"?'],
  ["histogram", "bucket", 'did you mean "buckets"?'],
  ["histogram", "max_series", 'did you mean "maxSeries"?'],
  ["counter", "documentation", 'did you mean "help"?'],
  ["summary", "registry", "a metric belongs to the registry that defines it: remove the option"],
  ["summary", "percentiles", "a summary has only a count and a sum; a histogram gives quantiles"],
  // An option of another type.
  ["counter", "buckets", "it may have help, labels, namespace, subsystem, unit, maxSeries"],
];
for (const [type, option, said] of unknown) {
  test(`Metrics refuses the option ${option} of a ${type}`, () => {
    for (const registry of [quiet(), workerMetrics()]) {
      assert.throws(() => registry[type]("x", { help, [option]: ["a"] }), {
        name: "TypeError",
        message: `Cannot define ${type} "x" with the option "${option}": ${said}`,
      });
    }
  });
}

test("Metrics refuses options that are no object", () => {
  for (const options of ["The help", undefined, null]) {
    assert.throws(() => quiet().counter("x", options as never), {
      name: "TypeError",
      message: `Cannot define counter "x": the options must be an object, not ${options}`,
    });
  }
  assert.throws(() => quiet().histogram("x", { help, native: { shema: 3 } as object }), {
    message: 'Cannot define a native histogram with the option "shema": did you mean "schema"?',
  });
});
