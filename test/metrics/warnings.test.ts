import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "./exposed.ts";

test("MetricsRegistry.listen() receives earlier warnings", async () => {
  const registry = quiet({ maxSeries: 1 });
  const gauge = registry.gauge("x", { help: "x", labels: ["a"] });
  for (const a of [1, 2, 3]) gauge.inc({ a });
  const warnings: string[] = [];
  registry.listen((text) => warnings.push(text));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /^Metric "x" has 1 series, its bound/);
  registry.summary("y", { help: "y", labels: ["a"] }).observe({ a: 1 }, 1);
  registry.summary("y", { help: "y", labels: ["a"] }).observe({ a: 2 }, 1);
  assert.equal(warnings.length, 2);
  // Only the first listener receives them.
  registry.listen(() => assert.fail());
  registry.gauge("z", { help: "z", labels: ["a"] }).set({ a: 1 }, 1);
  registry.gauge("z", { help: "z", labels: ["a"] }).set({ a: 2 }, 1);
  assert.equal(warnings.length, 3);
});
