import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics } from "ekiben";
import { parseMetrics } from "../../../src/page/charts/parse-metrics.ts";
import { samplesIn } from "../../support/exposition.ts";

test("parseMetrics() reads what a registry exposes, whatever its labels hold", async () => {
  const registry = metrics();
  const odd = ["", "a b", 'a "b"', "a\\nb", "a\nb", "a\\", '} 3 {x="', "a,b=c", "ä🍱", "__proto__"];
  const counter = registry.counter("odd_total", { help: 'of "x"\nand {y}', labels: ["a", "b"] });
  for (const [at, a] of odd.entries()) counter.inc({ a, b: odd.at(-1 - at) ?? "" }, at + 1);
  const histogram = registry.histogram("seconds", { help: "any", native: true });
  for (const seconds of [1e-9, 0.3, 1e300]) histogram.observe(seconds);
  const gauge = registry.gauge("value", { help: "any", labels: ["of"] });
  const values = [Number.NaN, Infinity, -Infinity, -0.5, 1.5e-7, 2e21, 0];
  for (const value of values) gauge.set({ of: String(value) }, value);
  registry.summary("times", { help: "any" }).observe(4);

  const text = await new Response((await registry.expose(null)).body).text();
  const samples = parseMetrics(text);
  const shown = (label: string | undefined) => label || undefined; // empty ones are left out
  const odds = samples.get("odd_total") ?? [];
  assert.deepEqual(
    odds.map(({ labels, value }) => [labels["a"], labels["b"], value]),
    odd.map((a, at) => [shown(a), shown(odd.at(-1 - at)), at + 1]),
  );
  assert.deepEqual(
    samples.get("value")?.map(({ value }) => value),
    values,
  );
  const bounds = samples.get("seconds_bucket")?.map(({ labels }) => labels["le"]);
  assert.deepEqual([bounds?.[0], bounds?.at(-1)], ["0.005", "+Inf"]);
  assert.equal(samples.get("seconds_count")?.[0]?.value, 3);
  assert.equal(samples.get("times_sum")?.[0]?.value, 4);
  const all = [...samples.values()].reduce((sum, { length }) => sum + length, 0);
  const lines = Object.keys(samplesIn(text.replace(/^#.*$/gm, ""), ""));
  assert.equal(all, lines.filter((line) => line !== "").length);
});

test("parseMetrics() reads what other servers may write", () => {
  const texts: readonly (readonly [text: string, labels: object, value: number])[] = [
    ["x 1", {}, 1],
    ["x{} 1", {}, 1],
    ["x\t +1.5E3", {}, 1500],
    ['x { a = "1" , b="2", } .5 1700000000000', { a: "1", b: "2" }, 0.5],
    ["x -inf\r", {}, -Infinity],
    ['x{a="\\q"} 2', { a: "q" }, 2],
  ];
  for (const [text, labels, value] of texts) {
    assert.deepEqual(parseMetrics(text).get("x"), [{ labels, value }], text);
  }
  assert.equal(parseMetrics("\n# HELP x y\n#\n").size, 0);
});

test("parseMetrics() refuses texts in other formats, by the line", () => {
  const texts = [
    "<!doctype html>",
    '{"error":"x"}',
    "x",
    "x y",
    "x 0x10",
    "x{a=1} 1",
    'x{a="1} 1',
    'x{a="1"b="2"} 1',
    'x{"a"} 1',
    'x{a="1"} 1 2 3',
    "1x 1",
  ];
  for (const text of texts) {
    assert.throws(() => parseMetrics(`y 1\n${text}\n`), /^SyntaxError: Line 2 is no sample/, text);
  }
});

test("parseMetrics() takes time in proportion to a hostile line", () => {
  const line = `x{${'a="\\\\\\\\",'.repeat(20_000)}a="`;
  assert.throws(() => parseMetrics(line), /Line 1/);
  assert.throws(() => parseMetrics(`x${" ".repeat(20_000)}{`), /Line 1/);
});
