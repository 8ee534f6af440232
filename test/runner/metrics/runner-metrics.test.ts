import assert from "node:assert/strict";
import { test } from "node:test";
import { host as nodeHost } from "../../../src/host/server.ts";
import { log } from "../../../src/log.ts";
import { type MetricsRegistry, metrics } from "../../../src/metrics/registry.ts";
import { off } from "../../../src/runner/batching/batch-options.ts";
import { runner } from "../../../src/runner/runner.ts";
import type { RunnerSettings } from "../../../src/runner/runner-options.ts";
import { linesOf } from "../../support/exposition.ts";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import counting, { type CountingParams } from "../fixtures/counting.ts";

const about = {
  serviceName: "tested",
  serviceVersion: "not available",
  namespace: "bentoml_runner",
};

async function counts(
  settings: RunnerSettings & { params?: CountingParams } = {},
  registry = quiet(),
  enabled = true,
) {
  const calls = runner(counting, { name: "counting", workers: 1, params: {}, ...settings });
  const metricsOf = () => ({ ...about, registry, enabled });
  await calls.start(nodeHost, { metricsOf });
  return { calls, registry, [Symbol.asyncDispose]: () => calls.close() };
}

function quiet(): MetricsRegistry {
  return metrics({ processMetrics: false });
}

test("runner() exposes the counts of its workers as soon as a call is answered", async () => {
  await using fixture = await counts({ workers: 2, batch: { strategy: off() } });
  const { calls, registry } = fixture;
  await Promise.all([1, 2, 3, 4, 6].map((value) => calls.count([value])));
  await assert.rejects(calls.countAndFail(undefined));
  const lines = await linesOf(registry, "counted_");
  assert.equal(lines['counted_items_total{kind="odd"}'], 2);
  assert.equal(lines['counted_items_total{kind="even"}'], 3);
  assert.equal(lines['counted_items_total{kind="failed"}'], 1);
  assert.equal(lines['counted_size_bucket{le="1.0"}'], 5);
  assert.equal(lines["counted_most"], 1);
  const workers = Object.keys(lines).filter((name) => name.startsWith("counted_last"));
  assert.deepEqual(workers.sort(), [
    'counted_last{worker="counting/1"}',
    'counted_last{worker="counting/2"}',
  ]);
});

test("runner() exposes the counts that a worker makes between calls within a second", async () => {
  await using fixture = await counts();
  const { calls, registry } = fixture;
  assert.equal(await calls.countLater(undefined), "soon");
  const name = 'counted_items_total{kind="later"}';
  await until(async () => (await linesOf(registry, name))[name] === 1);
});

test("runner() neither loses nor repeats what calls counted when workers die", async () => {
  await using fixture = await counts({ workers: 2 });
  const { calls, registry } = fixture;
  let answered = 0;
  let seen = 0;
  for (let round = 0; round < 4; round++) {
    const lost = calls.countAndExit(undefined).catch(() => {});
    const batches = Array.from({ length: 50 }, (_, at) => calls.count([2 * at]));
    await Promise.all(batches);
    answered += batches.length;
    await lost;
    const lines = await linesOf(registry, "counted_items_total");
    assert.equal(lines['counted_items_total{kind="even"}'], answered);
    assert.equal(lines['counted_items_total{kind="lost"}'], undefined, "never answered");
    const total = Object.values(lines).reduce((sum, value) => sum + value, 0);
    assert.ok(total >= seen, "no counter goes back");
    seen = total;
  }
});

test("runner() counts nothing of a run whose worker was lost", async () => {
  await using fixture = await counts({ workers: 2 });
  const { calls, registry } = fixture;
  const lost = assert.rejects(calls.countLongAndExit(undefined), /lost a worker/);
  await Promise.all([lost, calls.countLong(undefined)]);
  assert.deepEqual(await linesOf(registry, "counted_items_total"), {
    'counted_items_total{kind="long"}': 2,
  });
});

test("runner() does not start with a metric that is defined differently elsewhere", async () => {
  const registry = quiet();
  registry.counter("conflicting_total", { help: "A counter here" });
  const calls = runner(counting, { workers: 1, params: { conflict: true } });
  const metricsOf = () => ({ ...about, registry, enabled: true });
  await assert.rejects(calls.start(nodeHost, { metricsOf }), /"conflicting_total"/);
  assert.equal(calls.ready, false);
});

test("runner() leaves out only the metric that a call defines differently", async () => {
  using told = silenced();
  const registry = quiet();
  registry.listen((text) => log.warn(text));
  registry.counter("late_total", { help: "Late" }).inc(10);
  await using fixture = await counts({}, registry);
  const { calls } = fixture;
  const late = async (): Promise<Record<string, number>> => ({
    ...(await linesOf(registry, "late_total")),
    ...(await linesOf(registry, 'counted_items_total{kind="late"}')),
  });
  for (let round = 1; round <= 3; round++) {
    await calls.defineLate("gauge");
    assert.deepEqual(await late(), { late_total: 10, 'counted_items_total{kind="late"}': round });
  }
  assert.equal(told.text.match(/A metric of a worker of counting is not counted/g)?.length, 1);
  // The worker has been told, and may define it as it is known.
  await calls.defineLate("counter");
  await calls.defineLate("counter");
  assert.deepEqual(await late(), { late_total: 12, 'counted_items_total{kind="late"}': 5 });
});

test("runner() gives batch sizes bounds by its own limit", async () => {
  const registry = quiet();
  const cleanUp = new AsyncDisposableStack();
  const limits = { eight: 8, fifty: 50, single: 1 };
  for (const [name, maxBatchSize] of Object.entries(limits)) {
    const calls = runner(counting, { name, workers: 1, params: {}, batch: { maxBatchSize } });
    cleanUp.defer(() => calls.close());
    await calls.start(nodeHost, { metricsOf: () => ({ ...about, registry, enabled: true }) });
    await calls.count([1]);
  }
  // A method may have a limit of its own.
  const own = runner(counting, {
    name: "own",
    workers: 1,
    params: {},
    methods: { count: { batch: { maxBatchSize: 4 } } },
  });
  cleanUp.defer(() => own.close());
  await own.start(nodeHost, { metricsOf: () => ({ ...about, registry, enabled: true }) });
  await own.count([1]);
  const bounds: Readonly<Record<string, readonly string[]>> = {
    eight: ["1.0", "2.0", "4.0", "8.0", "+Inf"],
    fifty: ["1.0", "2.0", "4.0", "8.0", "16.0", "32.0", "50.0", "+Inf"],
    single: ["1.0", "+Inf"],
    own: ["1.0", "2.0", "4.0", "+Inf"],
  };
  for (const metric of ["bentoml_runner_adaptive_batch_size", "ekiben_batch_rows"]) {
    const lines = Object.keys(await linesOf(registry, `${metric}_bucket`));
    for (const [name, expected] of Object.entries(bounds)) {
      const found = lines
        .filter((line) => line.includes(`runner_name="${name}"`))
        .map((line) => /le="([^"]+)"/.exec(line)?.[1]);
      assert.deepEqual(found, expected, `${metric} of ${name}`);
    }
  }
  await cleanUp.disposeAsync();
});

test("runner() has the endpoint / for its method __call__, as BentoML does", async () => {
  await using fixture = await counts();
  assert.equal(await fixture.calls.__call__(3), 3);
  const [line] = Object.keys(await linesOf(fixture.registry, "bentoml_runner_request_total"));
  assert.match(line ?? "", /\{endpoint="\/",/);
});

test("runner() counts its calls and batches by BentoML's names", async () => {
  await using fixture = await counts({ batch: { maxBatchSize: 4 } });
  const { calls, registry } = fixture;
  await Promise.all([calls.count([1, 2]), calls.count([3])]);
  await assert.rejects(calls.countAndFail(undefined));
  const lines = await linesOf(registry, "bentoml_runner_");
  const service = 'service_name="tested",service_version="not available"';
  const labels = (method: string) => `endpoint="/${method}",${service},runner_name="counting"`;
  const total = (method: string, status: number) =>
    lines[`bentoml_runner_request_total{${labels(method)},http_response_code="${status}"}`];
  assert.equal(total("count", 200), 2);
  assert.equal(total("countAndFail", 500), 1);
  assert.equal(lines[`bentoml_runner_request_in_progress{${labels("count")}}`], 0);
  const duration = "bentoml_runner_request_duration_seconds_count";
  assert.equal(lines[`${duration}{${labels("count")},http_response_code="200"}`], 2);
  const batch = `runner_name="counting",worker_index="1",method_name="count",${service}`;
  // The number of requests that were joined, not of their rows.
  const size = "bentoml_runner_adaptive_batch_size";
  assert.equal(lines[`${size}_bucket{${batch},le="1.0"}`], 0);
  assert.equal(lines[`${size}_bucket{${batch},le="2.0"}`], 1);
  assert.equal(lines[`${size}_sum{${batch}}`], 2);
  const bounds = Object.keys(lines).filter((name) => name.startsWith(`${size}_bucket`));
  const of = bounds.map((name) => /le="([^"]+)"/.exec(name)?.[1]);
  assert.deepEqual(of, ["1.0", "2.0", "4.0", "+Inf"]);
});

test("runner() has metrics of its queue, batches and workers beside those of BentoML", async () => {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  await using fixture = await counts({ params: { gate } });
  const { calls, registry } = fixture;
  const gone = new AbortController();
  const first = calls.hold(undefined);
  const canceled = assert.rejects(calls.count([2, 3], { signal: gone.signal }));
  await until(() => calls.stats().batchers["count"]?.queuedRows === 2);
  const method = 'runner_name="counting",method_name="count"';
  const during = await linesOf(registry, "ekiben_");
  assert.equal(during[`ekiben_queue_depth{${method},lane="interactive"}`], 2);
  assert.equal(during[`ekiben_queue_depth{${method},lane="bulk"}`], 0);
  gone.abort();
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await Promise.all([canceled, first]);
  await calls.count([1], { lane: "bulk" });
  await Promise.all([calls.count([4]), calls.count([5])]);
  const lost = calls.countAndExit(undefined).catch(() => {});
  await lost;
  await until(() => calls.stats().restarts === 2 && calls.stats().ready === 1);
  const lines = await linesOf(registry, "ekiben_");
  const runnerName = 'runner_name="counting"';
  assert.deepEqual(
    {
      depth: lines[`ekiben_queue_depth{${method},lane="interactive"}`],
      waits: lines[`ekiben_queue_wait_seconds_count{${method},lane="interactive"}`],
      bulkWaits: lines[`ekiben_queue_wait_seconds_count{${method},lane="bulk"}`],
      idle: lines[`ekiben_batches_total{${method},reason="idle"}`],
      rows: lines[`ekiben_batch_rows_sum{${method}}`],
      runs: lines[`ekiben_batch_run_seconds_count{${method},backend="none"}`],
      canceled: lines[`ekiben_canceled_total{${method},stage="queue"}`],
      retries: lines[`ekiben_retries_total{${runnerName},method_name="countAndExit"}`],
      exits: lines[`ekiben_worker_losses_total{${runnerName},reason="exit"}`],
      restarts: lines[`ekiben_worker_restarts_total{${runnerName}}`],
      ready: lines[`ekiben_workers{${runnerName},state="ready"}`],
      busy: lines[`ekiben_workers{${runnerName},state="busy"}`],
      lostThreads: lines[`ekiben_lost_threads{${runnerName}}`],
      loads: lines[`ekiben_model_load_seconds_count{${runnerName}}`],
    },
    {
      depth: 0,
      waits: 2,
      bulkWaits: 1,
      idle: 2,
      rows: 3,
      runs: 2,
      canceled: 1,
      retries: 1,
      exits: 2,
      restarts: 2,
      ready: 1,
      busy: 0,
      lostThreads: 0,
      loads: 3,
    },
  );
});

test("runner() counts only the metrics of its workers when its own are disabled", async () => {
  await using fixture = await counts({}, quiet(), false);
  await fixture.calls.count([1]);
  assert.deepEqual(Object.keys(await linesOf(fixture.registry, "counted_items")), [
    'counted_items_total{kind="odd"}',
  ]);
  assert.deepEqual(await linesOf(fixture.registry, "bentoml"), {});
  assert.deepEqual(await linesOf(fixture.registry, "ekiben"), {});
});

test("runner.close() removes the gauges, and counts no worker as lost", async () => {
  const registry = quiet();
  const before = await counts({ workers: 2 }, registry);
  await before.calls.count([1]);
  assert.equal(registry.value("ekiben_workers", { runner_name: "counting", state: "ready" }), 2);
  const names = async () => [
    ...Object.keys(await linesOf(registry, "ekiben_")),
    ...Object.keys(await linesOf(registry, "bentoml_")),
  ];
  const gauges = "workers|queue_depth|lost_threads|model_info";
  const pattern = new RegExp(`^(ekiben_(${gauges})|bentoml_runner_request_in_progress)\\{`);
  const all = (await names()).length;
  {
    // While one is replaced by another of its name, the gauges are those of the new one.
    await using after = await counts({ workers: 1 }, registry);
    await before.calls.close();
    assert.equal(registry.value("ekiben_workers", { runner_name: "counting", state: "ready" }), 1);
    await after.calls.count([1]);
    assert.equal((await names()).length, all, "the series of one name go on");
  }
  assert.deepEqual(
    (await names()).filter((line) => pattern.test(line)),
    [],
  );
  const loss = { runner_name: "counting", reason: "exit" };
  assert.equal(registry.value("ekiben_worker_losses_total", loss), 0);
});
