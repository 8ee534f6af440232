// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { refusalCode, runCli, startCli } from "../support/cli.ts";
import { configFiles, takenPort } from "./config-files.ts";

const { fileWith, folder } = configFiles();

/** A service with one runner, `moody`. */
const service = fileURLToPath(new URL("./fixtures/slow.ts", import.meta.url));

function post(url: string, value: unknown): Promise<Response> {
  const headers = { "ekiben-explain": "1" };
  return fetch(url, { method: "POST", body: JSON.stringify(value), headers });
}

test("ekiben serve takes its port from flag, variable, options, file, in turn", async () => {
  await using file = await takenPort();
  await using options = await takenPort();
  await using bentoml = await takenPort();
  await using ekiben = await takenPort();
  await using flag = await takenPort();
  const config = fileWith(`api_server: { http: { host: 127.0.0.1, port: ${file.port} } }`);
  const args = ["serve", service, "--config", config];
  const env: Record<string, string> = {};
  const portInUse = async (more: readonly string[] = []): Promise<string | undefined> => {
    const { code, output } = await runCli([...args, ...more], { env });
    assert.equal(code, 1);
    const line = /^error: Cannot listen on 127\.0\.0\.1:(\d+): the port is in use/;
    return line.exec(output.trim())?.[1];
  };
  assert.equal(await portInUse(), `${file.port}`);
  env["BENTOML_CONFIG_OPTIONS"] = `api_server.port=${options.port}`;
  assert.equal(await portInUse(), `${options.port}`);
  env["BENTOML_PORT"] = `${bentoml.port}`;
  assert.equal(await portInUse(), `${bentoml.port}`);
  env["EKIBEN_PORT"] = `${ekiben.port}`;
  assert.equal(await portInUse(), `${ekiben.port}`);
  assert.equal(await portInUse(["--port", `${flag.port}`]), `${flag.port}`);
});

test("ekiben serve takes the time of a request from the file", async () => {
  const config = fileWith("api_server: { traffic: { timeout: 0.05 } }");
  await using server = await startCli(["serve", service, "--config", config]);
  const response = await post(`${server.url}/spin`, 60_000);
  assert.equal(response.status, 504);
  assert.match(await response.text(), /not answered within 0\.05 s/);
});

test("ekiben serve takes the time of a request from BENTOML_TIMEOUT before the file", async () => {
  const env = { BENTOML_CONFIG: fileWith("api_server: { timeout: 0.05 }"), BENTOML_TIMEOUT: "60" };
  await using server = await startCli(["serve", service], { env });
  assert.equal(await (await post(`${server.url}/spin`, 200)).json(), "spun");
});

test("ekiben serve batches as the file and the options variable say together", async () => {
  const config = fileWith(`
runners:
  batching: { max_batch_size: 3 }
  moody:
    batching: { max_batch_size: "\${ROWS:-2}" }
`);
  for (const [env, rows] of [
    [{}, ["rows=1", "rows=2", "rows=2"]],
    [{ ROWS: "4" }, ["rows=1", "rows=4"]],
    [{ EKIBEN_CONFIG_OPTIONS: "runners.moody.batching.max_batch_size=5" }, ["rows=5"]],
  ] as const) {
    const args = ["serve", service, "--config", config];
    await using server = await startCli(args, { env: { ...env } });
    const response = await post(`${server.url}/roots`, [1, 4, 9, 16, 25]);
    assert.deepEqual(await response.json(), [1, 2, 3, 4, 5]);
    const batches = response.headers.get("ekiben-explain") ?? "";
    // In the order in which they ended.
    assert.deepEqual(batches.match(/rows=\d+/g)?.sort(), rows);
  }
});

const wrong: readonly [string, string, string][] = [
  [
    "an unknown key",
    "api_server: { metrics: { namspace: a } }",
    'There is no key "api_server.metrics.namspace": did you mean "namespace"?',
  ],
  [
    "a key of BentoML alone",
    "tracing: { exporter_type: zipkin }",
    '"tracing" is BentoML\'s, and not supported by Ekiben: ' +
      "OpenTelemetry's own variables, OTEL_…, configure the SDK that exports spans",
  ],
  [
    "a value that cannot be",
    "api_server: { http: { port: 3000a } }",
    '"api_server.http.port" must be a whole number from 0 to 65535, but was "3000a"',
  ],
  [
    "a variable that is not set",
    'api_server: { http: { host: "${constructor}" } }',
    "The environment variable constructor is not set: set it, or write ${constructor:-default}",
  ],
  [
    "a runner that is not there",
    "runners: { mody: { batching: { max_batch_size: 2 } } }",
    'There is no runner "mody": did you mean "moody"?',
  ],
];
for (const [what, text, message] of wrong) {
  test(`ekiben serve refuses a file with ${what} in one line, and ends with 1`, async () => {
    await using taken = await takenPort();
    const file = fileWith(text);
    const args = ["serve", service, "--config", file, "--port", `${taken.port}`];
    const { code, output } = await runCli(args);
    // Of the port it says nothing: it has not tried to open it.
    assert.equal(output.trim(), `error: Cannot use the configuration ${file}: ${message}`);
    assert.equal(code, 1);
  });
}

test("ekiben serve refuses a configuration that is not a file, or has no end", async () => {
  for (const [file, message] of [
    [folder, /EISDIR|directory/i],
    ["/dev/zero", /It must be at most 65536 characters, but is longer/],
  ] as const) {
    const { code, output } = await runCli(["serve", service, "--config", file]);
    assert.match(output.trim(), /^error: Cannot use the configuration [^\n]*$/);
    assert.match(output, message);
    assert.equal(code, 1);
  }
});

test("ekiben serve names the variable that is wrong", async () => {
  for (const [env, message] of [
    [
      { EKIBEN_CONFIG_OPTIONS: "runners.moody.batching.max_batch=2" },
      /^error: Cannot use EKIBEN_CONFIG_OPTIONS: There is no key "runners\.moody\.batching\.max_b/,
    ],
    [
      { BENTOML_CONFIG_OPTIONS: "api_server" },
      /^error: Cannot use BENTOML_CONFIG_OPTIONS: "api_server" is no setting: write a\.b\.c=value/,
    ],
    [{ BENTOML_PORT: "80x" }, /value '80x' from env 'BENTOML_PORT' is invalid/],
  ] as const) {
    const { code, output } = await runCli(["serve", service], { env: { ...env } });
    assert.match(output.trim(), message);
    assert.equal(code, refusalCode(output));
  }
});
