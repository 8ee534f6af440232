/** `ekiben config` of targets, and as a process. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Report } from "../../../src/cli/config/report.ts";
import { temporaryFolder } from "../../project/checkout.ts";
import { runCli } from "../../support/cli.ts";
import { Project } from "../../support/project.ts";
import { root } from "../../support/runtimes.ts";
import { configFiles } from "../config-files.ts";
import { report, rowOf } from "./report-of.ts";

const { fileWith } = configFiles();
/** A service with one runner, `moody`, which has two workers. */
const service = fileURLToPath(new URL("../fixtures/slow.ts", import.meta.url));
const model = fileURLToPath(new URL("examples/mnist/mnist-cnn.onnx", root));
const certificates = new URL("../../runtime/http2/certificates/", import.meta.url);
const pem = (name: string): string => fileURLToPath(new URL(name, certificates));

/** What follows the source of the backend of a runner. */
const OWN_BACKEND = ", where the runnable names none";

const CASES: readonly [args: readonly string[], name: string, value: unknown, source: string][] = [
  [[service], "workers", 2, "code"],
  [[service, "--workers", "3"], "workers", 3, "flag"],
  [[service, "--workers", "moody=3"], "workers", 3, "flag"],
  [[service], "threads", 1, "default"],
  [[service, "--backend", "wasm"], "backend", "wasm", "flag"],
  [[service, "--config", "{ runners: { moody: { workers: 4 } } }"], "workers", 4, "file"],
  [[service, "--config", "{ runners: { workers: 4 } }"], "workers", 4, "file"],
  [
    [service, "--workers", "5", "--config", "{ runners: { moody: { workers: 4 } } }"],
    "workers",
    5,
    "flag",
  ],
  [
    [service, "--config", "{ runners: { moody: { batching: { strategy: off } } } }"],
    "batching.strategy",
    "off",
    "file",
  ],
  [
    [service, "--isolation", "inline", "--config", "{ runners: { isolation: process } }"],
    "isolation",
    "inline",
    "flag",
  ],
  [[model, "--batch", "off"], "batching.enabled", "off", "flag"],
  [[model, "--config", "{ runners: { mnist-cnn: { threads: 2 } } }"], "threads", 2, "file"],
];

for (const [args, name, value, source] of CASES) {
  const words = args.map((each) => each.replace(/^.*\//, "")).join(" ");
  test(`ekiben config ${words}: ${name}`, async () => {
    const given = args.map((each) => (each.startsWith("{") ? fileWith(each) : each));
    const { value: found, source: from } = rowOf(await report(given), name);
    assert.deepEqual([found, from], [value, source]);
  });
}

test("ekiben config has the settings of methods that are not those of their runner", async () => {
  const code = `
    import { runnable } from "ekiben/runnable";
    import { api, json, runner, service } from "ekiben";
    const load = async () => ({ batched: { a: async (x) => x, b: async (x) => x } });
    const two = runner(runnable(import.meta.url, load), {
      name: "two",
      batch: { maxLatencyMs: 20 },
      methods: { b: { batch: { maxBatchSize: 7 } } },
    });
    export default service("s", {
      runners: [two],
      apis: { a: api({ input: json(), output: json() }, () => 1) },
    });`;
  using project = new Project({ "service.ts": code });
  const { runners } = await report([
    project.path("service.ts"),
    "--config",
    fileWith("{ runners: { batching: { max_batch_size: 50, max_latency_ms: 90 } } }"),
  ]);
  const rows = runners[0]?.settings.filter(({ name }) => /batch_size|latency|queue/.test(name));
  assert.deepEqual(
    rows?.map(({ name, value, source }) => [name, value, source]),
    [
      ["batching.max_batch_size", 50, "file"],
      ["batching.max_latency_ms", 20, "code"],
      ["batching.max_queue_rows", 5000, "default"],
      ["methods.b.batching.max_batch_size", 7, "code"],
      ["methods.b.batching.max_queue_rows", 700, "default"],
    ],
  );
});

test("ekiben config says that a runnable may name a backend of its own", async () => {
  assert.equal(rowOf(await report([service]), "backend").from, `default${OWN_BACKEND}`);
  const { from } = rowOf(await report([service, "--backend", "wasm"]), "backend");
  assert.equal(from, `--backend${OWN_BACKEND}`);
  assert.equal(rowOf(await report([model]), "backend").from, "default");
});

test("ekiben config has the settings of the models of a folder", async () => {
  using folder = temporaryFolder();
  for (const [name, settings] of [
    ["ada", "workers: 2"],
    ["bob", "{}"],
  ] as const) {
    mkdirSync(join(folder.path, name, "1"), { recursive: true });
    copyFileSync(model, join(folder.path, name, "1", "model.onnx"));
    writeFileSync(join(folder.path, name, "config.yaml"), settings);
  }
  const { runners } = await report([folder.path]);
  const workers = runners.map(({ name, settings }) => {
    const found = settings.find((row) => row.name === "workers");
    return [name, found?.value, found?.source];
  });
  // Each of many models has one, where nothing else is said.
  assert.deepEqual(workers.sort(), [
    ["ada", 2, "model"],
    ["bob", 1, "default"],
  ]);
});

test("ekiben config --json masks secrets, and says what has no effect on stderr", async () => {
  const [password, key] = ["the-password", "0123456789abcdefghij"];
  const args = ["config", service, "--json", "--api-key", `ada:${key}`, "--port", "5000"];
  const config = fileWith(
    JSON.stringify({ api_server: { workers: 2, ssl: { keyfile_password: password } } }),
  );
  const tls = ["--ssl-certfile", pem("server.pem"), "--ssl-keyfile", pem("server.key")];
  const { code, output, stdout } = await runCli([...args, ...tls, "--config", config]);
  assert.equal(code, 0, output);
  assert.ok(!output.includes(password) && !output.includes(key), output);
  assert.match(output, /^note: "api_server\.workers" has no effect: /m);
  const made: Report = JSON.parse(stdout);
  assert.deepEqual(rowOf(made, "--api-key").value, ["ada:***"]);
  const shown = ({ value, source }: { value: unknown; source: string }) => [value, source];
  assert.deepEqual(shown(rowOf(made, "api_server.ssl.keyfile_password")), ["***", "file"]);
  assert.deepEqual(shown(rowOf(made, "api_server.ssl.certfile")), [pem("server.pem"), "flag"]);
  assert.deepEqual(shown(rowOf(made, "api_server.http.port")), [5000, "flag"]);
  assert.equal(made.runners[0]?.name, "moody");
});

test("ekiben config refuses what ekiben serve refuses, in its words", async () => {
  const config = fileWith("api_server: { metrics: { namspace: a } }");
  for (const args of [
    [service, "--config", config],
    [service, "--prot", "5000"],
    [service, "--workers", "mody=2"],
  ]) {
    const [own, serves] = await Promise.all([
      runCli(["config", ...args]),
      runCli(["serve", ...args, "--port", "0"]),
    ]);
    assert.equal(own.output, serves.output);
    assert.match(own.output, /did you mean/i);
    assert.equal(own.code, serves.code);
  }
});

test("ekiben config prints a table, and --schema the schema", async () => {
  const { code, output, stdout } = await runCli(["config", "--timeout", "30"]);
  assert.equal(code, 0, output);
  assert.match(stdout, /^SETTING +VALUE +FROM\n/);
  assert.match(stdout, /^api_server\.traffic\.timeout +30 +--timeout$/m);
  const schema = await runCli(["config", "--schema"]);
  assert.equal(schema.stdout, readFileSync(new URL("config.schema.json", root), "utf8"));
});
