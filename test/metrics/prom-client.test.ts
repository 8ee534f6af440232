/**
 * The same operations on prom-client give the same samples. Written differently are: `le` as a
 * float (`1.0`, not `1`), the order of labels (`le` comes last), and blank lines between families.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import prom from "prom-client";
import { Random, SEED } from "../support/random.ts";
import { quiet, samplesIn, textOf } from "./exposed.ts";

const help = 'Help with \\ and\na line, and "quotes"';
const values = ["/predict", 'a "b"', "c\\d", "e\nf", "ä", ""];
const buckets = [0.001, 0.01, 0.1, 1, 10];

test("MetricsRegistry exposes the same samples as prom-client", async () => {
  const registers = [new prom.Registry()];
  const registry = quiet();
  const labelNames = ["path", "code"] as const;
  const definition = { help, labels: labelNames };
  const ours = {
    counter: registry.counter("c_total", definition),
    gauge: registry.gauge("g", definition),
    histogram: registry.histogram("h_seconds", { ...definition, buckets }),
    summary: registry.summary("s", definition),
    plain: registry.counter("plain_total", { help }),
  };
  const theirs = {
    counter: new prom.Counter({ name: "c_total", help, labelNames, registers }),
    gauge: new prom.Gauge({ name: "g", help, labelNames, registers }),
    histogram: new prom.Histogram({ name: "h_seconds", help, labelNames, registers, buckets }),
    summary: new prom.Summary({ name: "s", help, labelNames, registers, percentiles: [] }),
    plain: new prom.Counter({ name: "plain_total", help, registers }),
  };
  const { next: random } = new Random(SEED);
  for (let round = 0; round < 500; round += 1) {
    const path = values[Math.floor(random() * values.length)] ?? "";
    const labels = { path, code: 200 + Math.floor(random() * 3) };
    const value = 2 ** (random() * 20 - 15);
    ours.counter.inc(labels, value);
    theirs.counter.inc(labels, value);
    ours.gauge.dec(labels, value);
    theirs.gauge.dec(labels, value);
    ours.histogram.observe(labels, value);
    theirs.histogram.observe(labels, value);
    ours.summary.observe(labels, value);
    theirs.summary.observe(labels, value);
    ours.plain.inc();
    theirs.plain.inc();
  }
  const [mine, other] = [await textOf(registry), await registers[0]?.metrics()];
  // It writes empty labels, which are the same as none to Prometheus.
  const withoutEmpty = (text: string) => text.replaceAll(/,path=""|path="",?/g, "");
  const byKey = (text = "") =>
    [...samplesIn(withoutEmpty(text))].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.equal(byKey(mine).length, 6 * 3 * (1 + 1 + 8 + 2) + 1);
  assert.deepEqual(byKey(mine), byKey(other));
  const heads = (text = "") => text.split("\n").filter((line) => line.startsWith("#"));
  assert.deepEqual(heads(mine), heads(other));
});
