import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { simulateCommand } from "../../src/cli/simulate/command.ts";
import type { SimulationReport } from "../../src/simulator/report.ts";
import { refusalCode, runCli } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-simulate-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const nothingElse = ["--hop", "0", "--http", "0", "--wire", "0"];
const model = ["--model", "a=1,b=4"];
const poisson = ["--arrivals", "poisson:200"];
const short = [...poisson, ...model, "--duration", "1"];

const TRACE_HEAD = '{"ekiben":"trace","version":1}';

/** Two calls of one batch, and one that was refused. */
const recorded = file(
  "recorded.jsonl",
  [
    TRACE_HEAD,
    '{"t":100,"runner":"a","method":"m","rows":1,"outcome":"answered","ms":6}',
    '{"t":100.5,"runner":"a","method":"m","rows":2,"outcome":"answered","ms":9,"lane":"bulk"}',
    '{"t":106,"runner":"a","method":"m","batch":1,"units":1,"calls":1,"ms":6,"reason":"idle"}',
    '{"t":114,"runner":"a","method":"m","batch":2,"units":2,"calls":1,"ms":8,"reason":"idle"}',
    '{"t":150,"runner":"a","method":"m","rows":1,"deadlineMs":1,"outcome":"refused","ms":0.1}',
    '{"end":"the disk is full"}',
  ].join("\n"),
);

const refused: readonly [string, readonly string[], RegExp][] = [
  ["no arrivals", model, /^There is nothing to simulate: give --arrivals with --model or --cost/],
  ["no model", poisson, /^There is nothing to simulate/],
  ["two models", [...short, "--cost", file("c", "[[1, 2]]")], /cannot be used with option '--cost/],
  ["a model beside a trace", ["--trace", "x", ...model], /cannot be used with option '--model/],
  ["workers beside a scenario", ["--scenario", "x", "--workers", "2"], /cannot be used with/],
  ["no callers", ["--arrivals", "closed:0", ...model], /closed:CALLERS, from 1 to 100000/],
  ["costs that are no JSON", [...poisson, "--cost", file("d", "a=1")], /The file is not JSON: /],
  ["costs that fall back", [...poisson, "--cost", file("e", "[[2, 3], [1, 4]]")], /in ascending/],
  ["a cost without a time", [...poisson, "--cost", file("f", "[[2]]")], /pairs of units and mill/],
  ["a spread above 3", [...short, "--spread", "5"], /a number from 0 to 3/],
  ["a deadline of 0", [...short, "--deadline", "0"], /must be a number above 0/],
  ["an unknown lane", [...short, "--lane", "fast"], /Allowed choices are interactive, bulk/],
  ["weights below 0", [...short, "--weight", "uniform:5,1"], /uniform:LEAST,MOST, or lognormal/],
  ["a trace of times as a recorded one", ["--trace", file("g", "1\n2\n")], /Line 1 is not a JSON/],
  ["a recorded trace as times", ["--arrivals", `trace:${recorded}`, ...model], /to --trace\./],
  ["a trace of nothing at all", ["--trace", file("h", "")], /must be that of a trace of version 1/],
  [
    "a trace of the next version",
    ["--trace", file("i", '{"ekiben":"trace","version":2}')],
    /but has version 2: record one by ekiben serve/,
  ],
  [
    "a trace with a damaged line",
    ["--trace", file("j", `${TRACE_HEAD}\n{"t":"x"}`)],
    /"t" of line 2 must be a number, but is "x"/,
  ],
  [
    "a runner that is not in the trace",
    ["--trace", recorded, "--runner", "b"],
    /runner "b": it has a$/,
  ],
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
  ["invalid rows", [...short, "--rows", "x"], /must be a number above 0, uniform:LEAST,MOST/],
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

test("ekiben simulate shows no stack when it refuses", async () => {
  const wrong = [
    [...short, "--workers", "0"],
    ["--arrivals", "poisson:1000000", ...model],
  ];
  for (const args of wrong) {
    const { code, output } = await runCli(["simulate", ...args]);
    assert.match(output, /^error: /);
    assert.doesNotMatch(output, /^\s+at .*:\d+:\d+/m, "no stack");
    assert.equal(code, refusalCode(output));
  }
});

test("ekiben simulate prints a table", async () => {
  const args = ["--arrivals", "uniform:100", ...model, "--duration", "2", "--strategy", "off"];
  const { code, stdout } = await runCli(["simulate", ...args, "--http", "0", "--wire", "0"]);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
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
  const report = JSON.parse(one.stdout) as SimulationReport;
  const { calls, answered, refused } = report.total;
  assert.ok(calls > 150 && calls < 250, `${calls} calls`);
  assert.equal(answered + refused, calls);
  assert.equal(same.stdout, one.stdout);
  assert.notEqual(other.stdout, one.stdout);
});

test("ekiben simulate takes a trace, from its first time on", async () => {
  const trace = file("trace.txt", "1000.5\n1000.5\n1003\r\n1010\n");
  const args = ["--arrivals", `trace:${trace}`, "--model", "a=0,b=5", ...nothingElse, "--json"];
  const whole = JSON.parse((await runCli(["simulate", ...args])).stdout);
  assert.equal(whole.total.calls, 4);
  assert.equal(whole.seconds, 0.015);
  const part = await runCli(["simulate", ...args, "--duration", ".005"]);
  assert.equal(JSON.parse(part.stdout).total.calls, 3);
});

test("ekiben simulate replays the calls and costs of a recorded trace", async () => {
  const { code, output, stdout } = await runCli(["simulate", "--trace", recorded, "--json"]);
  assert.equal(code, 0, output);
  const { total, methods } = JSON.parse(stdout) as SimulationReport;
  assert.equal(total.calls, 3);
  assert.equal(total.answered, 2);
  assert.deepEqual(
    methods["m"]?.sizes.map(({ rows }) => rows),
    [1, 2],
  );
  assert.equal(methods["m"]?.runMs.max, 8);
});

const SCENARIO = {
  workers: 2,
  durationSeconds: 2,
  batch: { maxBatchSize: 16, strategy: "adaptive" },
  costs: { requestMs: 0.1, wireMs: { lognormal: [0.2, 0.5] } },
  pauses: [{ atMs: 500, ms: 100 }],
  methods: {
    embed: {
      cost: { padded: { a: 0.1, b: 2, c: 0 } },
      spread: 0.05,
      outliers: [{ atMs: 1_000, ms: 50 }],
    },
    score: { kind: "plain", cost: { flat: { b: 3 } } },
    table: {
      cost: {
        table: [
          ...[
            [1, 2],
            [8, 9],
          ],
        ],
      },
      batch: { maxLatencyMs: 100 },
    },
  },
  groups: [
    {
      ...{ name: "web", method: "embed", arrivals: "poisson:50", weight: { uniform: [4, 40] } },
      ...{
        deadlineMs: 100,
        patienceMs: 150,
        goalMs: 90,
        rows: {
          choices: [
            ...[
              [1, 9],
              [5, 1],
            ],
          ],
        },
      },
    },
    { method: "score", arrivals: "uniform:20", lane: "bulk", caller: "one" },
    { name: "loop", method: "table", arrivals: "closed:3", thinkMs: 5, rows: { values: [1, 2] } },
  ],
};

test("ekiben simulate takes a scenario of several methods and groups", async () => {
  const path = file("scenario.json", JSON.stringify(SCENARIO));
  const { code, output } = await runCli(["simulate", "--scenario", path]);
  assert.equal(code, 0, output);
  for (const title of ["group web", "group score", "group loop", "method embed", "method table"]) {
    assert.match(output, new RegExp(`^${title}( |$)`, "m"));
  }
  assert.match(output, /^padding +1\.\d+ x the weight of the rows$/m);
  const json = JSON.parse((await runCli(["simulate", "--scenario", path, "--json"])).stdout);
  const [web, score] = (json as SimulationReport).groups;
  assert.ok(web !== undefined && web.calls > 60 && web.calls < 140, `${web?.calls} calls`);
  assert.equal(score?.calls, 40);
});

const wrongScenarios: readonly [string, object, RegExp][] = [
  ["an unknown key", { worker: 1 }, /There is no key "worker": did you mean "workers"\?/],
  ["no methods", { methods: {} }, /"methods" must name at least one method/],
  ["no groups", { groups: [] }, /"groups" must have at least one group of callers/],
  ["a list of methods", { methods: [] }, /"methods" must be an object, but was \[\]/],
  ["a method without a cost", { methods: { m: {} } }, /"methods\.m\.cost" must have one of linear/],
  [
    "half a cost",
    { methods: { m: { cost: { linear: { a: 1 } } } } },
    /"methods\.m\.cost\.linear\.b" is missing: a number from 0 up/,
  ],
  [
    "a group of a method that is not there",
    { groups: [{ method: "x", arrivals: "poisson:1" }] },
    /"groups\.0\.method" must be one of "methods": embed, score, table, but was "x"/,
  ],
  ["a group without calls", { groups: [{}] }, /"groups\.0\.arrivals" is missing: poisson:RATE/],
  [
    "arrivals that are none",
    { groups: [{ arrivals: "often" }] },
    /"groups\.0\.arrivals" is "often"\. It must be poisson:RATE/,
  ],
  [
    "an unknown distribution",
    { groups: [{ arrivals: "poisson:1", rows: { normal: [1, 2] } }] },
    /"groups\.0\.rows" must be a number from 1, or one of uniform/,
  ],
  ["half a pause", { pauses: [{ atMs: 5 }] }, /"pauses\.0" must have both "atMs" and "ms"/],
  ["an unknown strategy", { batch: { strategy: "eager" } }, /"batch\.strategy" must be adaptive/],
  ["a negative cost", { costs: { hopMs: -1 } }, /"costs\.hopMs" must be a number from 0 up/],
];
for (const [what, different, message] of wrongScenarios) {
  test(`ekiben simulate refuses a scenario with ${what}`, async () => {
    const path = file("wrong.json", JSON.stringify({ ...SCENARIO, ...different }));
    const command = simulateCommand.exitOverride().configureOutput({ writeErr: () => {} });
    await assert.rejects(command.parseAsync(["--scenario", path], { from: "user" }), { message });
  });
}
