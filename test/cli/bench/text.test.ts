import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, Measured } from "../../../src/cli/bench/loads.ts";
import { type BenchReport, reportOf } from "../../../src/cli/bench/report.ts";
import { batchesBetween, countsIn } from "../../../src/cli/bench/server-batches.ts";
import { histogramLines, textOf } from "../../../src/cli/bench/text.ts";

function measured(calls: readonly [ms: number, outcome: Answer["outcome"]][]): Measured {
  const load = new Measured(0);
  for (const [ms, outcome] of calls) load.end({ outcome, bytes: 100 }, 0, ms);
  return load;
}

function report(load: Measured, more: Partial<BenchReport> = {}): BenchReport {
  const parts = {
    api: "read",
    url: "http://localhost:3000/read",
    load: { kind: "closed", callers: 2 },
    measured: load,
    firstFailure: undefined,
    batches: undefined,
  } as const;
  return { ...reportOf(parts), ...more };
}

test("reportOf() has rates and latencies of the answered calls alone", () => {
  const made = report(
    measured([
      [10, 200],
      [20, 200],
      [1000, 503],
      [2000, "timeout"],
    ]),
  );
  assert.deepEqual([made.calls, made.answered, made.throughput], [4, 2, 1]);
  assert.deepEqual(made.failures, { "503": 1, timeout: 1 });
  assert.deepEqual([made.latencyMs.min, made.latencyMs.max], [10, 20]);
  assert.equal(made.failureMs?.max, 2000);
  assert.equal(JSON.parse(JSON.stringify(made)).latencyMs.mean, 15);
});

test("reportOf() has null for the latencies of no calls", () => {
  const { latencyMs, histogram } = report(measured([[5, 500]]));
  assert.deepEqual([latencyMs.p50, latencyMs.max, histogram], [null, null, []]);
});

test("textOf() shows results, failures and batches", () => {
  const text = textOf(
    report(
      measured([
        [10, 200],
        [30, 429],
      ]),
      {
        firstFailure: 'Too\u001b[2J many\n"requests"',
        batches: { count: 4, meanRows: 2.5, reasons: { idle: 0.75, full: 0.25 } },
      },
    ),
    80,
  );
  for (const line of [
    /^api +read {3}http:\/\/localhost:3000\/read$/m,
    /^load +2 callers \(closed loop\)$/m,
    /^failed +429 1$/m,
    /^ +Too \[2J many "requests"$/m,
    /^batches +4 of 2.5 rows on average$/m,
    /^closed by +idle 75 % {3}full 25 %$/m,
    /100.0 % █+$/m,
  ]) {
    assert.match(text, line);
  }
});

test("textOf() says when the benchmark itself is late", () => {
  const lateMs = { min: 0, mean: 9, p50: 8, p90: 9, p99: 9, p999: 9, max: 9 };
  assert.match(textOf(report(measured([[1, 200]]), { lateMs }), 80), /is the bottleneck/);
});

test("textOf() says what to do when an API refuses the sample that was made for it", () => {
  const advice = /made-up sample: give one that the API accepts, by --data @file$/;
  const refused = report(measured([[1, 422]]));
  assert.match(textOf(refused, 80, true), advice);
  assert.doesNotMatch(textOf(refused, 80, false), advice);
  assert.doesNotMatch(textOf(report(measured([[1, 503]])), 80, true), advice);
  assert.doesNotMatch(
    textOf(
      report(
        measured([
          [1, 200],
          [1, 422],
        ]),
      ),
      80,
      true,
    ),
    advice,
  );
});

test("histogramLines() fit the terminal, and their shares add up", () => {
  const classes = Array.from({ length: 300 }, (_, at) => ({ mostMs: 1.01 ** at, count: at + 1 }));
  for (const columns of [40, 80, 200]) {
    const lines = histogramLines(classes, columns);
    assert.ok(lines.length <= 14);
    assert.ok(lines.every((line) => line.length <= Math.max(columns, 50)));
    const shares = lines.map((line) => Number(/([\d.]+) %/.exec(line)?.[1]));
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100) < 1);
  }
});

test("batchesBetween() is the difference of two readings of the metrics", () => {
  const metrics = (rows: number, batches: number, idle: number): string =>
    [
      "# TYPE ekiben_batch_rows histogram",
      `ekiben_batch_rows_sum{runner_name="a"} ${rows}`,
      `ekiben_batch_rows_count{runner_name="a"} ${batches}`,
      'ekiben_batch_rows_sum{runner_name="b"} 1',
      'ekiben_batch_rows_count{runner_name="b"} 1',
      `ekiben_batches_total{runner_name="a",reason="idle"} ${idle}`,
      'ekiben_batches_total{runner_name="b",reason="full"} 1',
    ].join("\n");
  const between = batchesBetween(countsIn(metrics(10, 5, 5)), countsIn(metrics(30, 10, 10)));
  assert.deepEqual(between, { count: 5, meanRows: 4, reasons: { idle: 1 } });
  assert.equal(batchesBetween(countsIn(""), countsIn("")), undefined);
  assert.equal(batchesBetween(undefined, countsIn("")), undefined);
});
