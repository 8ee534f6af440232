/** The flags of BentoML's commands that have no use here, and the folder to start in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { refusalCode, runCli, startCli } from "../support/cli.ts";
import { configFiles } from "./config-files.ts";

const { fileWith } = configFiles();
const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));
const greet = fileURLToPath(new URL("fixtures/greet.ts", import.meta.url));

test("ekiben serve-grpc takes a command line of BentoML's", async () => {
  const idle = ["--production", "--api-workers", "4", "--backlog", "2048", "-pv", "v1alpha1"];
  const args = ["serve-grpc", greet, ...idle, "--metrics-port", "0", "--enable-reflection"];
  await using server = await startCli(args, {}, /on (grpc:\S+) and http:\S+ with/);
  assert.match(server.url, /^grpc:/);
});

test("ekiben serve-http starts in the given folder", async () => {
  const config = fileWith("api_server: { metrics: { enabled: false } }");
  const [, folder = "", name = ""] = /^(.*)\/([^/]+)$/.exec(config) ?? [];
  const ready = /on (http:\S+) with/;
  const args = ["serve-http", "greet.ts", "--working-dir", fixtures, "--development"];
  await using server = await startCli(args, {}, ready);
  const rest = await fetch(`${server.url}/upper`, { method: "POST", body: "hello" });
  assert.equal(await rest.text(), "HELLO");
  const there = ["serve-http", greet, "--working-dir", folder, "--config", name];
  await using unmeasured = await startCli(there, {}, ready);
  assert.equal((await fetch(`${unmeasured.url}/metrics`)).status, 404);
});

for (const [command, flags, message] of [
  [
    "serve-grpc",
    ["--enable-channelz"],
    /^error: Cannot use --enable-channelz: Channelz is not supported; the metrics show/,
  ],
  [
    "serve",
    ["--working-dir", "no-such"],
    /^error: Cannot start in the folder no-such: .*(ENOENT|No such file)/,
  ],
  [
    "serve",
    ["--ssl-version", "3"],
    /'3' is invalid. It must be 17 or 2 \(TLS 1\.2 and 1\.3\) or 5/,
  ],
  ["serve-grpc", ["--ssl-cert-reqs", "required"], /is invalid\. It must be 0, 1 or 2: clients/],
] as const) {
  test(`ekiben ${command} refuses ${flags[0]} in a sentence`, async () => {
    const { code, output } = await runCli([command, greet, ...flags]);
    assert.match(output.trim(), message);
    assert.equal(code, refusalCode(output));
  });
}
