import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { simulateCommand } from "../../src/cli/simulate.ts";
import type { SimulationReport } from "../../src/simulator/report.ts";
import { runCli } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-simulate-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const model = ["--model", "a=1,b=4"];
const poisson = ["--arrivals", "poisson:200"];
const short = [...poisson, ...model, "--duration", "1"];

const refused: readonly [string, readonly string[], RegExp][] = [
  ["no arrivals", model, /required option '--arrivals <kind>' not specified/],
  ["no model", poisson, /required option '--model <cost>' not specified/],
  [
    "an unknown process",
    ["--arrivals", "normal:9", ...model],
    /'normal:9' is invalid. It must be po/,
  ],
  ["a rate of 0", ["--arrivals", "uniform:0", ...model], /in calls a second above 0/],
  ["an invalid rate", ["--arrivals", "poisson:", ...model], /in calls a second above 0/],
  [
    "a trace that is not there",
    ["--arrivals", `trace:${join(folder, "none")}`, ...model],
    /The file cannot be read: /,
  ],
  [
    "a trace with a line that is no time",
    ["--arrivals", `trace:${file("wrong.txt", "1\n\ntwo\n")}`, ...model],
    /Each line must be a time in ms, but line 3 is "two"/,
  ],
  [
    "a trace of nothing",
    ["--arrivals", `trace:${file("empty.txt", "\n")}`, ...model],
    /must have 1 to 2000000 times, but has 0/,
  ],
  ["half a model", [...poisson, "--model", "a=1"], /such as a=0\.07,b=0\.03/],
  ["a model below 0", [...poisson, "--model", "a=1,b=-1"], /two times in ms from 0/],
  ["a trace that is a folder", ["--arrivals", `trace:${folder}`, ...model], /cannot be read: /],
  [
    "a trace of bytes",
    ["--arrivals", `trace:${file("bytes", "\u0000\u0007\uffff")}`, ...model],
    /line 1 is "\\u0000\\u0007/,
  ],
  [
    "a trace without an end",
    ["--arrivals", "trace:/dev/zero", ...model],
    /cannot be read: it has more than 40000000 bytes/,
  ],
  ["a hop below 0", [...short, "--hop", "-1"], /milliseconds from 0/],
  ["no worker", [...short, "--workers", "0"], /whole number from 1 to 1000/],
  ["more rows than anybody sends", [...short, "--rows", "1000000"], /from 1 to 100000/],
  ["invalid rows", [...short, "--rows", "1.5"], /must be a whole number/],
  ["an unknown strategy", [...short, "--strategy", "eager"], /must be adaptive, fixedWindow:MS, /],
  ["a window without a time", [...short, "--strategy", "fixedWindow"], /fixedWindow:MS/],
  ["no time", [...short, "--duration", "0"], /must be a number above 0/],
  ["an invalid seed", [...short, "--seed", "x"], /must be a whole number/],
  [
    "more than it can hold",
    ["--arrivals", "poisson:1000000", ...model],
    /^Cannot simulate 1000000 calls a second for 30 seconds: at most 2000000 /,
  ],
];
for (const [what, args, message] of refused) {
  test(`ekiben simulate refuses ${what} in a sentence`, async () => {
    const command = simulateCommand.exitOverride().configureOutput({ writeErr: () => {} });
    await assert.rejects(command.parseAsync([...args], { from: "user" }), { message });
  });
}

test("ekiben simulate ends with 1 and no stack when it refuses", async () => {
  const wrong = [
    [...short, "--workers", "0"],
    ["--arrivals", "poisson:1000000", ...model],
  ];
  for (const args of wrong) {
    const { code, output } = await runCli(["simulate", ...args]);
    assert.match(output, /^error: /);
    assert.doesNotMatch(output, /^\s+at .*:\d+:\d+/m, "no stack");
    assert.equal(code, 1);
  }
});

test("ekiben simulate prints a table", async () => {
  const args = ["--arrivals", "uniform:100", ...model, "--duration", "2", "--strategy", "off"];
  const { code, output } = await runCli(["simulate", ...args]);
  assert.deepEqual(output.trimEnd().split("\n"), [
    "calls       200 in 2 s",
    "answered    200   late 0   refused 0",
    "in time     100.0 %",
    "throughput  100 calls/s",
    "goodput     100 calls/s in time",
    "latency ms  p50 5.2   p90 5.2",
    "            p99 5.2   max 5.2",
    "batches     200 of 1 rows on average",
    "closed by   idle 100.0 %",
    "computed    200 rows   for nobody 0",
    `rows        1         100.0 % ${"#".repeat(30)}`,
  ]);
  assert.equal(code, 0);
});

test("ekiben simulate prints JSON, the same for the same seed", async () => {
  const args = ["simulate", ...short, "--max-latency", "50", "--max-batch-size", "8", "--json"];
  const [one, same, other] = await Promise.all([
    runCli(args),
    runCli([...args, "--seed", "1"]),
    runCli([...args, "--seed", "2"]),
  ]);
  const report = JSON.parse(one.output) as SimulationReport;
  const { calls, answered, refused } = report.total;
  assert.ok(calls > 150 && calls < 250, `${calls} calls`);
  assert.equal(answered + refused, calls);
  assert.equal(same.output, one.output);
  assert.notEqual(other.output, one.output);
});

test("ekiben simulate takes a trace, from its first time on", async () => {
  const trace = file("trace.txt", "1000.5\n1000.5\n1003\r\n1010\n");
  const args = ["--arrivals", `trace:${trace}`, "--model", "a=0,b=5", "--hop", "0", "--json"];
  const whole = JSON.parse((await runCli(["simulate", ...args])).output);
  assert.equal(whole.total.calls, 4);
  assert.equal(whole.seconds, 0.015);
  const part = await runCli(["simulate", ...args, "--duration", ".005"]);
  assert.equal(JSON.parse(part.output).total.calls, 3);
});
