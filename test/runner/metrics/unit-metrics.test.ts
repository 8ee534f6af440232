import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics } from "../../../src/metrics/registry.ts";
import { RunnerMetrics } from "../../../src/runner/metrics/runner-metrics.ts";
import { linesOf } from "../../support/exposition.ts";
import { endAll, weighed } from "../batching/weighed-calls.ts";
import { bench, rows } from "../fake-workers.ts";

const METHOD = 'runner_name="fake",method_name="double"';

function open() {
  const registry = metrics({ processMetrics: false });
  const names = { serviceName: "tested", serviceVersion: "1", namespace: "bentoml_runner" };
  const events = new RunnerMetrics("fake", { ...names, registry, enabled: true });
  return { events, lines: () => linesOf(registry, "ekiben_") };
}

for (const [what, calls, units] of [
  ["of one call", [[8, 7]], { real: 15, padding: 1, batches: 1 }],
  ["of joined calls", [[8], [6]], { real: 14, padding: 2, batches: 1 }],
  ["of a call in pieces", [[90, 1, 80, 2]], { real: 173, padding: 11, batches: 2 }],
  ["of a single row", [[5]], { real: 5, padding: 0, batches: 1 }],
] as const) {
  test(`RunnerMetrics counts the units of the rows and of their padding: ${what}`, async () => {
    const { events, lines } = open();
    const fixture = weighed({}, 1, { events });
    const answers = calls.map((each) => fixture.batcher.call(rows(...each)));
    await endAll(fixture);
    await Promise.all(answers);
    const found = await lines();
    assert.deepEqual(
      {
        real: found[`ekiben_units_total{${METHOD},kind="real"}`],
        padding: found[`ekiben_units_total{${METHOD},kind="padding"}`],
        batches: found[`ekiben_batch_units_count{${METHOD}}`],
        sum: found[`ekiben_batch_units_sum{${METHOD}}`],
      },
      { ...units, sum: units.real + units.padding },
    );
  });
}

test("RunnerMetrics counts no units of a method without weights", async () => {
  const { events, lines } = open();
  const fixture = bench({}, 1, { events });
  const answer = fixture.batcher.call(rows(1, 2));
  await endAll(fixture);
  await answer;
  const found = await lines();
  assert.equal(found[`ekiben_batch_rows_sum{${METHOD}}`], 2);
  assert.deepEqual(
    Object.keys(found).filter((name) => name.includes("units")),
    [],
  );
});

test("RunnerMetrics counts the batches that padding closed", async () => {
  const { events, lines } = open();
  const fixture = weighed({}, 1, { events });
  const answers = [500, 1, 501].map((value) => fixture.batcher.call(rows(value)));
  await endAll(fixture);
  await Promise.all(answers);
  const found = await lines();
  assert.equal(found[`ekiben_batches_total{${METHOD},reason="padding"}`], 1);
});
