import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import { metrics } from "../../src/metrics/registry.ts";
import { runner } from "../../src/runner/runner.ts";
import { linesOf } from "../support/exposition.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import reporting from "./fixtures/reporting.ts";

const about = {
  serviceName: "tested",
  serviceVersion: "not available",
  namespace: "bentoml_runner",
  enabled: true,
};

async function started(backends: readonly string[], isolation: "threads" | "inline") {
  const log = silenced();
  const registry = metrics({ processMetrics: false });
  const params = { backends, counts: new Int32Array(new SharedArrayBuffer(8)) };
  const batch = { maxBatchSize: 1 };
  const calls = runner(reporting, { name: "reporting", workers: 2, isolation, params, batch });
  await calls.start(host, { metricsOf: () => ({ ...about, registry }) });
  return {
    calls,
    log,
    models: () => linesOf(registry, "ekiben_model_info"),
    runs: () => linesOf(registry, "ekiben_batch_run_seconds_count"),
    async [Symbol.asyncDispose]() {
      await calls.close();
      log[Symbol.dispose]();
    },
  };
}

const model = (backend: string): string =>
  `ekiben_model_info{runner_name="reporting",backend="${backend}",model="reporting"}`;

for (const isolation of ["threads", "inline"] as const) {
  test(`${isolation}: a runner logs a warning of all its workers once`, async () => {
    await using fixture = await started(["wasm", "wasm"], isolation);
    assert.equal(fixture.log.text.split("The model does not run on wasm").length, 2);
    assert.deepEqual(fixture.calls.backends, ["wasm"]);
  });

  test(`${isolation}: a runner names the backends of all its workers`, async () => {
    await using fixture = await started(["native", "wasm"], isolation);
    assert.deepEqual([...fixture.calls.backends].sort(), ["native", "wasm"]);
    assert.deepEqual(await fixture.models(), { [model("native")]: 1, [model("wasm")]: 1 });
    const rows = await Promise.all([1, 2].map((row) => fixture.calls.both([row])));
    assert.deepEqual(rows.flat().sort(), ["native", "wasm"]);
    const runs = Object.keys(await fixture.runs()).map((line) => /backend="(\w+)"/.exec(line)?.[1]);
    assert.deepEqual(runs.sort(), ["native", "wasm"]);
  });

  test(`${isolation}: a runner replaces a worker whose session was lost`, async () => {
    await using fixture = await started(["webgpu", "webgpu", "wasm", "wasm"], isolation);
    assert.deepEqual(await fixture.models(), { [model("webgpu")]: 1 });
    // A call that has lost two workers may be the cause, and is refused.
    await assert.rejects(fixture.calls.where(undefined), { code: "unavailable" });
    assert.equal(await fixture.calls.where(undefined), "wasm");
    await until(() => fixture.calls.stats().ready === 2);
    assert.deepEqual(await fixture.models(), { [model("wasm")]: 1 });
    assert.match(
      fixture.log.text,
      /Worker \d of runner .reporting. is lost: .the GPU device was lost/,
    );
  });
}
