import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics } from "../../src/metrics/registry.ts";
import { quiet, samplesIn, textOf } from "./exposed.ts";

test("metrics() measures the process, without metrics that are wrong on the runtime", async () => {
  const registry = metrics();
  await registry.open();
  const samples = samplesIn(await textOf(registry));
  const names = [...samples.keys()];
  for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes"]) {
    assert.ok((samples.get(name) ?? 0) > 0, name);
  }
  assert.ok(names.some((name) => name.startsWith("nodejs_eventloop_lag_")));
  const runtime = navigator.userAgent;
  const has = (name: string): boolean => names.some((each) => each.startsWith(name));
  assert.equal(has("nodejs_heap_space_size"), !runtime.startsWith("Bun/"));
  assert.equal(has("nodejs_version_info"), runtime.startsWith("Node.js/"));
  assert.equal(has("nodejs_active_resources_total"), false);
});

test("metrics({ processMetrics: false }) does not measure it", async () => {
  const registry = quiet();
  await registry.open();
  assert.equal(await textOf(registry), "");
});

test("metrics() leaves out the process if there is none", async () => {
  const { navigator } = globalThis;
  const pretend = (userAgent: string): void => {
    Object.defineProperty(globalThis, "navigator", { value: { userAgent }, configurable: true });
  };
  try {
    for (const userAgent of ["Cloudflare-Workers", "Mozilla/5.0 (X11; Linux x86_64)"]) {
      pretend(userAgent);
      const registry = metrics({ warn: (text) => assert.fail(text) });
      await registry.open();
      assert.equal(await textOf(registry), "");
    }
  } finally {
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  }
});
