import assert from "node:assert/strict";
import { test } from "node:test";
import { type FormatName, negotiate } from "../../../src/metrics/exposition/negotiate.ts";
import { quiet } from "../exposed.ts";

const PROTOBUF =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const OM1 = "application/openmetrics-text;version=1.0.0";
const OM0 = "application/openmetrics-text;version=0.0.1";
const TEXT0 = "text/plain;version=0.0.4";
const TEXT1 = "text/plain;version=1.0.0";
const UTF8 = "escaping=allow-utf-8";

const cases: readonly (readonly [string, string | null, FormatName])[] = [
  ["no header", null, "text"],
  ["an empty one", "", "text"],
  ["curl", "*/*", "text"],
  [
    "a browser",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
    "text",
  ],
  ["Prometheus 2.42", `${OM1},${OM0};q=0.75,${TEXT0};q=0.5,*/*;q=0.1`, "openmetrics"],
  [
    "Prometheus 2.42 with native histograms",
    `${PROTOBUF},${OM1};q=0.8,${OM0};q=0.75,${TEXT0};q=0.5,*/*;q=0.1`,
    "protobuf",
  ],
  ["Prometheus 2.53", `${OM1};q=0.5,${OM0};q=0.4,${TEXT0};q=0.3,*/*;q=0.2`, "openmetrics"],
  [
    "Prometheus 3",
    `${OM1};${UTF8};q=0.6,${OM0};q=0.5,${TEXT1};${UTF8};q=0.4,${TEXT0};q=0.3,*/*;q=0.2`,
    "openmetrics",
  ],
  [
    "Prometheus 3 with native histograms",
    `${PROTOBUF};q=0.6,${OM1};${UTF8};q=0.5,${OM0};q=0.4,` +
      `${TEXT1};${UTF8};q=0.3,${TEXT0};q=0.2,*/*;q=0.1`,
    "protobuf",
  ],
  ["the text format alone", TEXT0, "text"],
  ["another version of OpenMetrics", `${OM0}, ${TEXT0};q=0.5`, "text"],
  ["OpenMetrics of any version", "application/openmetrics-text", "openmetrics"],
  [
    "spaces, capitals, quotes",
    'Application/OpenMetrics-Text ; Version="1.0.0" ; Q=0.5',
    "openmetrics",
  ],
  [
    "a separator in quotes",
    'text/html;title="a,b;q=1", application/openmetrics-text',
    "openmetrics",
  ],
  ["an open quote", 'text/html;title="a, application/openmetrics-text', "text"],
  [
    "protobuf of another encoding",
    `${PROTOBUF.replace("delimited", "text")}, ${OM1};q=0.5`,
    "openmetrics",
  ],
  ["another message", "application/vnd.google.protobuf;proto=a.B;encoding=delimited", "text"],
  ["what was named first, of equals", `${OM1},${TEXT0}`, "openmetrics"],
  ["what was named first, of equals, turned", `${TEXT0},${OM1}`, "text"],
  ["a whole type", "application/*", "openmetrics"],
  ["not text", "text/plain;q=0, */*;q=0.5", "openmetrics"],
  ["not text, not OpenMetrics", "text/*;q=0, application/openmetrics-text;q=0, */*", "protobuf"],
  ["the more precise range", `application/*;q=0.9, ${OM1};q=0.1, ${TEXT0};q=0.5`, "protobuf"],
  ["nothing there is", "image/png", "text"],
  ["nothing at all", "*/*;q=0", "text"],
  ["an invalid quality", `${OM1};q=high, ${TEXT0};q=0.5`, "openmetrics"],
  ["a quality above 1", `${OM1};q=7, ${TEXT0}`, "openmetrics"],
  ["nonsense", ",;=,,", "text"],
  ["more than is read", `${"x/y,".repeat(1000)}${OM1}`, "text"],
];

test("negotiate() chooses the preferred format", () => {
  for (const [what, accept, format] of cases) assert.equal(negotiate(accept), format, what);
});

test("MetricsRegistry.expose() returns the content type of its format", async () => {
  const types = [
    [null, "text/plain; version=0.0.4; charset=utf-8"],
    [OM1, "application/openmetrics-text; version=1.0.0; charset=utf-8"],
    [PROTOBUF, PROTOBUF.replaceAll(";", "; ")],
  ] as const;
  for (const [accept, type] of types) {
    const { contentType, body } = await quiet().expose(accept);
    assert.equal(contentType, type);
    await body.cancel();
  }
});
