import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet, textOf } from "../exposed.ts";

const OPEN_METRICS = "application/openmetrics-text";

/** A metric of each type, with all characters that must be escaped. */
function filled() {
  const registry = quiet({ dateNow: () => 1_700_000_000_125 });
  const help = 'A "help"\nwith a \\ in it';
  const counter = registry.counter("sent", { help, unit: "bytes", labels: ["path"] });
  counter.inc({ path: 'a "b"\nc\\d\r\u0000ä' }, 1e21, { exemplar: { trace_id: "4f" } });
  registry.gauge("temperature", { help: "Now" }).set(-0.5);
  registry.gauge("unused", { help: "Nothing yet", labels: ["a"] });
  const histogram = registry.histogram("wait_seconds", {
    help: "Waiting",
    unit: "seconds",
    labels: ["a", "b"],
    buckets: [0.00001, 1, 1e6],
    native: true,
  });
  histogram.observe({ a: "1", b: "" }, 0.25, { exemplar: { trace_id: "5a" } });
  registry.summary("size", { help: "Size" }).observe(3);
  return registry;
}

test("MetricsRegistry writes the text format 0.0.4", async () => {
  assert.equal(
    await textOf(filled()),
    `# HELP sent_bytes_total A "help"\\nwith a \\\\ in it
# TYPE sent_bytes_total counter
sent_bytes_total{path="a \\"b\\"\\nc\\\\d\r\u0000ä"} 1e+21
# HELP temperature Now
# TYPE temperature gauge
temperature -0.5
# HELP unused Nothing yet
# TYPE unused gauge
# HELP wait_seconds Waiting
# TYPE wait_seconds histogram
wait_seconds_bucket{a="1",le="1e-05"} 0
wait_seconds_bucket{a="1",le="1.0"} 1
wait_seconds_bucket{a="1",le="1e+06"} 1
wait_seconds_bucket{a="1",le="+Inf"} 1
wait_seconds_count{a="1"} 1
wait_seconds_sum{a="1"} 0.25
# HELP size Size
# TYPE size summary
size_count 1
size_sum 3
`,
  );
});

test("MetricsRegistry writes OpenMetrics 1.0.0", async () => {
  assert.equal(
    await textOf(filled(), OPEN_METRICS),
    `# TYPE sent_bytes counter
# UNIT sent_bytes bytes
# HELP sent_bytes A \\"help\\"\\nwith a \\\\ in it
sent_bytes_total{path="a \\"b\\"\\nc\\\\d\r\u0000ä"} 1e+21 # {trace_id="4f"} 1e+21 1700000000.125
# TYPE temperature gauge
# HELP temperature Now
temperature -0.5
# TYPE unused gauge
# HELP unused Nothing yet
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds Waiting
wait_seconds_bucket{a="1",le="1e-05"} 0
wait_seconds_bucket{a="1",le="1.0"} 1 # {trace_id="5a"} 0.25 1700000000.125
wait_seconds_bucket{a="1",le="1e+06"} 1
wait_seconds_bucket{a="1",le="+Inf"} 1
wait_seconds_count{a="1"} 1
wait_seconds_sum{a="1"} 0.25
# TYPE size summary
# HELP size Size
size_count 1
size_sum 3
# EOF
`,
  );
});

test("MetricsRegistry writes only the end if there are no metrics", async () => {
  assert.equal(await textOf(quiet()), "");
  assert.equal(await textOf(quiet(), OPEN_METRICS), "# EOF\n");
});

test("MetricsRegistry leaves out a sum that may fall in OpenMetrics", async () => {
  const registry = quiet();
  registry.histogram("x", { help: "x", buckets: [-1, 1] }).observe(-5);
  assert.match(await textOf(registry), /^x_sum -5$/m);
  const text = await textOf(registry, OPEN_METRICS);
  assert.match(text, /^x_bucket\{le="-1.0"\} 1$/m);
  assert.doesNotMatch(text, /x_sum|x_count/);
});
