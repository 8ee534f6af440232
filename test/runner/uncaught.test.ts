/** What a runnable's code leaves unhandled in a worker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics } from "../../src/metrics/registry.ts";
import { runner } from "../../src/runner/runner.ts";
import { nodeHost } from "../../src/runtime/node-host.ts";
import { linesOf } from "../support/exposition.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import moody from "./fixtures/moody.ts";

async function started() {
  const registry = metrics({ processMetrics: false });
  const metricsOf = () => ({
    registry,
    serviceName: "tested",
    serviceVersion: "not available",
    maxBatchSize: 1,
    namespace: "bentoml_runner",
    enabled: true,
  });
  const moods = runner(moody, { name: "moody", workers: 1, params: {} });
  await moods.start(nodeHost, { metricsOf });
  const counts = async () => {
    const lines = await linesOf(registry, "ekiben_uncaught_errors_total");
    const of = (kind: string) => lines[`ekiben_uncaught_errors_total{kind="${kind}"}`];
    return { rejections: of("rejection"), exceptions: of("exception") };
  };
  return { moods, counts, [Symbol.asyncDispose]: () => moods.close() };
}

test("runner() logs and counts a rejection that a worker leaves unhandled, and keeps it", async () => {
  using logged = silenced();
  await using fixture = await started();
  const { moods, counts } = fixture;
  assert.deepEqual(await counts(), { rejections: 0, exceptions: 0 }, "shown from the start");
  assert.equal(await moods.rejectBeside("left behind"), "answered");
  await until(() => logged.text.includes("left behind"));
  assert.match(logged.text, /Unhandled rejection in worker 1 of runner .?moody/);
  // Whole: where it was made, and what it was made of.
  assert.match(logged.text, /fixtures\/moody\.ts/);
  assert.match(logged.text, /its root/);
  assert.equal(await moods.rejectBeside(undefined), "answered");
  await until(async () => (await counts()).rejections === 2);
  assert.match(logged.text, /undefined/);
  assert.equal(await moods.echo("the same"), "the same");
  assert.deepEqual([moods.stats().restarts, (await counts()).exceptions], [0, 0]);
});

test("runner() logs and counts an exception that ends a worker", async () => {
  using logged = silenced();
  await using fixture = await started();
  const { moods, counts } = fixture;
  await assert.rejects(moods.throwLater(undefined), /lost 2 workers while they ran "throwLater"/);
  assert.deepEqual(await counts(), { rejections: 0, exceptions: 2 });
  assert.match(logged.text, /Unhandled exception in worker 1 of runner .?moody/);
  assert.match(logged.text, /fixtures\/moody\.ts/);
  assert.match(logged.text, /its root/);
  assert.match(logged.text, /is lost: .?its thread ended: thrown outside a call/);
  await until(() => moods.stats().ready === 1);
  assert.equal(await moods.echo("another"), "another");
});
