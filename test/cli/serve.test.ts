import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { refusalCode, runCli, startCli } from "../support/cli.ts";
import { until } from "../support/until.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-cli-"));
after(() => rmSync(folder, { recursive: true }));

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

function post(url: string, value: unknown): Promise<Response> {
  return fetch(url, { method: "POST", body: JSON.stringify(value) });
}

const notOnnx = join(folder, "not.onnx");
writeFileSync(notOnnx, "this is text");
const empty = join(folder, "empty.onnx");
writeFileSync(empty, "");

const brokenModels = mkdtempSync(join(folder, "broken-"));
mkdirSync(join(brokenModels, "a", "1"), { recursive: true });
writeFileSync(join(brokenModels, "a", "config.yaml"), "x: 1");
mkdirSync(join(brokenModels, "b", "1"), { recursive: true });

const refused: readonly [string, readonly string[], RegExp][] = [
  [
    "a file that is not there",
    ["serve", "nowhere.ts"],
    /^error: There is no file \/.*nowhere\.ts$/,
  ],
  ["a model that is not there", ["serve", "no.onnx"], /^error: There is no file \/.*no\.onnx$/],
  [
    "a folder whose models are broken",
    ["serve", brokenModels],
    /^error: No model in the folder .* can be served:\n {2}a: config\.yaml: There is no key "x"/,
  ],
  [
    "another kind of file",
    ["serve", "README.md"],
    /^error: (Cannot serve|There is no file) .*README/,
  ],
  [
    "an invalid model",
    ["serve", notOnnx, "--port", "0"],
    /^error: Cannot open .*not\.onnx as an ONNX model: /m,
  ],
  [
    "an empty model",
    ["serve", empty, "--port", "0"],
    /^error: Cannot open .*empty\.onnx as an ONNX model: /m,
  ],
  [
    "a module without a service",
    ["serve", fixture("no-service.ts")],
    /^error: The default export of .*no-service\.ts must be what service\(\) returns, but it is of/,
  ],
  ["a module without a default", ["serve", fixture("no-default.ts")], /but it has none$/],
  ["a module that throws", ["serve", fixture("broken.ts")], /^error: .*this module is broken/],
  ["an invalid port", ["serve", "x.ts", "--port", "80x"], /'80x' is invalid.*whole number/],
  ["a port that is too large", ["serve", fixture("slow.ts"), "--port", "70000"], /from 0 to 65535/],
  [
    "an unknown backend",
    ["serve", "x.ts", "--backend", "cuda"],
    /Allowed choices are auto, native/,
  ],
  ["an unknown flag", ["serve", "x.ts", "--prot", "1"], /unknown option '--prot'.*--port/s],
  ["an unknown command", ["sreve", "x.ts"], /unknown command 'sreve'/],
  [
    "no target where the folder has none",
    ["serve", "--working-dir", mkdtempSync(join(folder, "empty-"))],
    /^error: There is nothing to serve in the folder .*Name the file$/,
  ],
];
for (const [what, args, message] of refused) {
  test(`ekiben serve refuses ${what} in a sentence`, async () => {
    const { code, output } = await runCli(args);
    assert.match(output.trim(), message);
    assert.doesNotMatch(output, /^\s+at .*:\d+:\d+/m, "no stack");
    assert.equal(code, refusalCode(output));
  });
}

const config = join(folder, "config.yaml");
writeFileSync(config, "runners: { moody: { batching: { max_batch_size: 2 } } }");
const badConfig = join(folder, "bad.yaml");
writeFileSync(badConfig, "runners: { batching: { max_batch: 2 } }");

test("ekiben serve batches as the configuration file says", async () => {
  await using server = await startCli(["serve", fixture("slow.ts")], {
    env: { EKIBEN_CONFIG: config },
  });
  const response = await fetch(`${server.url}/roots`, {
    method: "POST",
    body: "[1, 4, 9, 16, 25]",
    headers: { "ekiben-explain": "1" },
  });
  assert.deepEqual(await response.json(), [1, 2, 3, 4, 5]);
  const batches = response.headers.get("ekiben-explain") ?? "";
  // In the order in which they ended.
  assert.deepEqual(batches.match(/rows=\d+/g)?.sort(), ["rows=1", "rows=2", "rows=2"]);
});

test("ekiben serve refuses a configuration that is wrong or missing", async () => {
  for (const [file, message] of [
    [
      badConfig,
      /^error: Cannot use the configuration .*bad\.yaml: There is no key "runners\.batch/,
    ],
    ["nowhere.yaml", /^error: Cannot use the configuration nowhere\.yaml: .*(ENOENT|o such file)/],
  ] as const) {
    const { code, output } = await runCli(["serve", fixture("slow.ts"), "--config", file]);
    assert.match(output, message);
    assert.equal(code, 1);
  }
});

test("ekiben --version prints the version", async () => {
  const { code, output } = await runCli(["--version"]);
  assert.match(output, /^\d+\.\d+\.\d+\s*$/);
  assert.equal(code, 0);
});

test("ekiben serve refuses a port in use in a sentence, and ends with 1", async () => {
  await using first = await startCli(["serve", fixture("slow.ts")]);
  const { port } = new URL(first.url);
  const args = ["serve", fixture("slow.ts"), "--host", "127.0.0.1"];
  const { code, output } = await runCli(args, { env: { EKIBEN_PORT: port } });
  const [start, holder] = output.trim().split("the port is in use");
  assert.equal(start, `error: Cannot listen on 127.0.0.1:${port}: `);
  if (process.platform === "linux") assert.match(holder ?? "", /^ by \S.* \(process \d+\)\./);
  assert.match(holder ?? "", /\. Stop that, or take another port \(0 is any that is free\)$/);
  assert.equal(code, 1);
});

test("ekiben serve prints one line of where it listens and one of each runner", async () => {
  await using server = await startCli(["serve", fixture("slow.ts")]);
  // The lines about who may call and what to open come last, and may not have come yet.
  const lines = server.output.trim().split("\n");
  const others = lines.filter((line) => !/may call|to try it/.test(line));
  assert.equal(others.length, 2, server.output);
  assert.match(
    lines[0] ?? "",
    /Serving slow on http:\/\/127\.0\.0\.1:\d+ and grpc:\S+ with (Bun|Deno|Node) /,
  );
  assert.match(lines[1] ?? "", /Runner moody: 2 workers$/);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`ekiben serve finishes the requests under way at ${signal}, and ends with 0`, async () => {
    await using server = await startCli(["serve", fixture("slow.ts")]);
    const call = post(`${server.url}/spin`, 500);
    await until(() => post(`${server.url}/echo`, 1).then((response) => response.ok));
    server.kill(signal);
    assert.equal(await (await call).json(), "spun");
    const { code } = await server.ended;
    assert.equal(code, 0);
  });
}

test("ekiben serve ends with 0 at a signal while its runners load", async () => {
  await using server = await startCli(["serve", fixture("loading.ts")], {}, /loading/);
  server.kill("SIGTERM");
  const { code, output } = await server.ended;
  assert.deepEqual([code, /error/i.test(output)], [0, false], output);
});

test("ekiben serve ends at a signal with a request that never ends, within its grace", async () => {
  await using server = await startCli(["serve", fixture("slow.ts"), "--grace", "1"]);
  const call = post(`${server.url}/spin`, 3_000).catch(() => "closed");
  await until(() => post(`${server.url}/echo`, 1).then((response) => response.ok));
  server.kill("SIGTERM");
  const { code } = await server.ended;
  assert.equal(code, 0);
  await call;
});

test("ekiben serve answers a request whose worker is killed in the middle of it", async () => {
  await using server = await startCli(["serve", fixture("slow.ts")]);
  const again = await post(`${server.url}/exit_once`, join(folder, "served-once"));
  assert.deepEqual([again.status, await again.json()], [200, "hello"]);
  const lost = await post(`${server.url}/exit`, 1);
  assert.equal(lost.status, 503);
  assert.match(await lost.text(), /lost 2 workers while they ran \\"exit\\"/);
  await until(async () => (await fetch(`${server.url}/readyz`)).ok);
  assert.equal(await (await post(`${server.url}/echo`, "alive")).json(), "alive");
});

test("ekiben serve loses none of 10,000 requests at 64 connections", async () => {
  await using server = await startCli(["serve", fixture("slow.ts")]);
  let next = 0;
  const wrong: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (next < 10_000) {
      const number = next++;
      const response = await post(`${server.url}/echo`, { number });
      const { number: answer } = (await response.json()) as { number?: number };
      if (answer !== number) wrong.push([number, response.status, answer]);
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  assert.deepEqual(wrong, []);
});
