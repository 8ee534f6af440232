import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics } from "../../../src/metrics/registry.ts";
import { workerMetrics } from "../../../src/metrics/worker/worker-metrics.ts";
import { openMetrics } from "../../../src/runner/metrics/runner-metrics.ts";
import { linesOf } from "../../support/exposition.ts";

const about = {
  serviceName: "tested",
  serviceVersion: "not available",
  namespace: "bentoml_runner",
};

/** A worker that counts, and its reports. */
function placed(index: number, value: number) {
  const own = workerMetrics();
  const total = own.counter("told_total", { help: "Told" });
  for (const aggregate of ["all", "livesum"] as const) {
    own.gauge(`told_${aggregate}`, { help: "Told", aggregate }).set(value);
  }
  return { index, count: () => total.inc(), own };
}

for (const enabled of [true, false]) {
  test(`RunnerMetrics exposes the gauges of one worker an index, enabled: ${enabled}`, async () => {
    const registry = metrics({ processMetrics: false });
    const events = openMetrics("digits", { ...about, registry, enabled });
    const tell = (worker: ReturnType<typeof placed>): void => {
      const delta = worker.own.takeDelta();
      if (delta !== undefined) events?.metricsChanged?.(worker, delta);
    };
    const shown = () => linesOf(registry, "told_");
    const [slow, next, other] = [placed(1, 10), placed(1, 20), placed(2, 3)];
    for (const worker of [slow, other]) tell(worker);
    const others = { 'told_all{worker="digits/2"}': 3, told_total: 0 };
    assert.deepEqual(await shown(), {
      ...{ 'told_all{worker="digits/1"}': 10, told_livesum: 13 },
      ...others,
    });
    // The first one is set aside. What it counts goes on to count, but its gauges do not.
    tell(next);
    slow.count();
    slow.own.gauge("told_all", { help: "Told", aggregate: "all" }).set(11);
    slow.own.gauge("told_livesum", { help: "Told", aggregate: "livesum" }).set(11);
    tell(slow);
    const now = { 'told_all{worker="digits/1"}': 20, told_livesum: 23, ...others, told_total: 1 };
    assert.deepEqual(await shown(), now);
    // Its loss leaves those of the worker in its place.
    events?.workerLost?.(slow, "hang");
    next.count();
    tell(next);
    assert.deepEqual(await shown(), { ...now, told_total: 2 });
    events?.workerLost?.(next, "exit");
    assert.deepEqual(await shown(), { ...now, told_livesum: 3, told_total: 2 });
  });
}
