/** The settings of `ekiben config`, by the code that serves: each changes when it is set. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import type { Report } from "../../../src/cli/config/report.ts";
import { ROWS } from "../../../src/cli/config/rows.ts";
import { RUNNER_FLAGS, RUNNER_KEYS } from "../../../src/cli/config/runner-settings.ts";
import { withPorts } from "../../../src/cli/serve.ts";
import { configKeys } from "../../project/options.ts";
import { configFiles } from "../config-files.ts";
import { report, rowOf } from "./report-of.ts";

const { fileWith } = configFiles();

const plain = await report([]);

const CORS = { enabled: true, access_control_allow_origins: "https://a.org" };

/** Values of keys that differ from their defaults, and what they need beside them. */
const KEYS: Readonly<Record<string, unknown>> = {
  "api_server.http.port": 4000,
  "api_server.http.host": "127.0.0.1",
  "api_server.http.cors.enabled": CORS,
  "api_server.http.cors.access_control_allow_origins": CORS,
  "api_server.http.cors.access_control_allow_origin_regex": {
    ...CORS,
    access_control_allow_origin_regex: "a",
  },
  "api_server.http.cors.access_control_allow_credentials": {
    ...CORS,
    access_control_allow_credentials: true,
  },
  "api_server.http.cors.access_control_allow_methods": {
    ...CORS,
    access_control_allow_methods: ["GET"],
  },
  "api_server.http.cors.access_control_allow_headers": {
    ...CORS,
    access_control_allow_headers: ["a"],
  },
  "api_server.http.cors.access_control_expose_headers": {
    ...CORS,
    access_control_expose_headers: ["a"],
  },
  "api_server.http.cors.access_control_max_age": { ...CORS, access_control_max_age: 1 },
  "api_server.traffic.timeout": 30,
  "api_server.traffic.max_concurrency": 5,
  "api_server.traffic.drain_lead": 2.5,
  "api_server.traffic.max_held_bytes": 1_000_000,
  "api_server.grpc.host": "127.0.0.1",
  "api_server.grpc.port": 4001,
  "api_server.grpc.max_concurrent_streams": 5,
  "api_server.grpc.maximum_concurrent_rpcs": 5,
  "api_server.grpc.max_message_length": 5_000,
  "api_server.grpc.reflection.enabled": false,
  "api_server.grpc.metrics.host": "127.0.0.1",
  "api_server.grpc.metrics.port": 4002,
  "api_server.metrics.enabled": false,
  "api_server.metrics.namespace": "other",
  "api_server.metrics.duration.buckets": [1, 2],
  "api_server.metrics.native_histograms": false,
  "api_server.on_uncaught": "continue",
  "api_server.logging.access.enabled": false,
  "api_server.logging.access.sample": 0.5,
  "api_server.logging.access.skip_paths": ["/a"],
  "api_server.logging.access.request_content_length": false,
  "api_server.logging.access.request_content_type": false,
  "api_server.logging.access.response_content_length": true,
  "api_server.logging.access.response_content_type": true,
  "runners.workers": 7,
  "runners.threads": 2,
  "runners.backend": "wasm",
  "runners.isolation": "inline",
  "runners.max_memory_mb": 512,
  "runners.traffic.timeout": 5,
  "runners.batching.enabled": false,
  "runners.batching.max_batch_size": 5,
  "runners.batching.max_batch_weight": 5,
  "runners.batching.max_latency_ms": 5,
  "runners.batching.max_queue_rows": 5,
  "runners.batching.strategy": "off",
  "runners.metrics.enabled": false,
  "runners.metrics.namespace": "other",
};

/** The keys that have no row: they change nothing, or are checked by the tests of TLS. */
const NO_ROW = /^api_server\.(workers|grpc\.channelz|logging\.access\.format)|^runners\.logging/;
const TLS = /^api_server\.ssl\./;

test("ekiben config has a row for each key of the file", () => {
  const known = [
    ...configKeys("api_server"),
    ...configKeys("runners.a_runner").map((key) => key.replace("a_runner.", "")),
  ].filter((key) => !NO_ROW.test(key));
  const runnerKeys = Object.values(RUNNER_KEYS).flatMap((keys) =>
    keys.map((key) => `runners.${key}`),
  );
  const rows = new Set([...ROWS.flatMap(({ keys = [] }) => keys), ...runnerKeys]);
  // A strategy is a text, or has these parts.
  rows.delete("runners.batching.strategy");
  assert.deepEqual([...rows].sort(), [...known].sort());
  const names = [
    ...ROWS.flatMap(({ keys = [] }) => keys.slice(0, 1)),
    ...Object.values(RUNNER_KEYS).map(([key]) => `runners.${key}`),
  ].filter((name) => !TLS.test(name));
  assert.deepEqual(Object.keys(KEYS).sort(), names.sort());
});

test("ekiben config shows what each key of the file sets, and that it does", async () => {
  for (const [key, value] of Object.entries(KEYS)) {
    const parts = key.split(".");
    if (key.includes(".cors.")) parts.pop();
    const nested = parts.reduceRight<unknown>((inside, part) => ({ [part]: inside }), value);
    const file = fileWith(JSON.stringify(nested));
    const name = key.replace(/^runners\./, "");
    const row = rowOf(await report(["--config", file]), name);
    assert.deepEqual([row.source, row.from], ["file", file], key);
    assert.notDeepEqual(row.value, rowOf(plain, name).value, key);
    assert.equal(rowOf(plain, name).source, "default", key);
  }
});

/** Values of flags that differ from their defaults, by the flag. */
const FLAGS: Readonly<Record<string, string | true>> = {
  "--port": "4000",
  "--host": "127.0.0.1",
  "--development": true,
  "--grpc-port": "4001",
  "--no-grpc": true,
  "--one-port": true,
  "--timeout": "30",
  "--max-body": "5000",
  "--max-held": "1000000",
  "--max-connections": "5",
  "--max-concurrent-streams": "5",
  "--max-concurrent-rpcs": "5",
  "--api-key": "ada:0123456789abcdefghij",
  "--api-keys-file": fileWith("ada:0123456789abcdefghij"),
  "--metrics-key": "open",
  "--open-path": "/about",
  "--rate-limit": "5/s",
  "--max-concurrency": "5",
  "--trust-proxy": "private",
  "--allowed-host": "a.org",
  "--cors-origin": "https://a.org",
  "--name": "other",
  "--model-control": "explicit",
  "--max-models": "5",
  "--watch": true,
  "--strict-readiness": true,
  "--try-webgpu": true,
  "--ui": "off",
  "--no-reflection": true,
  "--compatibility": true,
  "--native-histograms": "off",
  "--record-trace": "trace.json",
  "--log-format": "json",
  "--log-level": "error",
  "--no-access-log": true,
  "--access-log-sample": "0.5",
  "--drain-lead": "3",
  "--grace": "3",
  "--on-uncaught": "continue",
  "--workers": "7",
  "--threads": "2",
  "--backend": "wasm",
  "--isolation": "inline",
  "--batch": "off",
};

/** Flags that change no setting, that need others, and those of TLS. */
const OTHER_FLAGS = /^--(config|open|reload|working-dir|rate-burst|ssl-.*)$/;

const { options } = withPorts(new Command("config"));
const visible = options.filter(({ hidden }) => !hidden);

test("ekiben config has a row for each flag of ekiben serve", () => {
  const flags = visible.map(({ long }) => long ?? "").filter((flag) => !OTHER_FLAGS.test(flag));
  assert.deepEqual(Object.keys(FLAGS).sort(), flags.sort());
  const inRows = [...ROWS.flatMap((row) => row.flags ?? []), ...Object.values(RUNNER_FLAGS)];
  for (const option of visible) {
    if (/^--(config|open|reload|working-dir)$/.test(option.long ?? "")) continue;
    assert.ok(inRows.includes(option.attributeName()), `no row is of ${option.long}`);
  }
});

/** The names of the rows of a flag. */
function namesOf(attribute: string): readonly string[] {
  const own = ROWS.filter(({ flags = [] }) => flags.includes(attribute)).map(
    ({ keys, flags }) => keys?.[0] ?? options.find((o) => o.attributeName() === flags?.[0])?.long,
  );
  const runner = Object.entries(RUNNER_FLAGS).filter(([, flag]) => flag === attribute);
  const keys = runner.map(([setting]) => RUNNER_KEYS[setting as keyof typeof RUNNER_KEYS][0]);
  return [...own.map(String), ...keys];
}

test("ekiben config shows what each flag and its variable set, and that they do", async () => {
  for (const [flag, value] of Object.entries(FLAGS)) {
    const option = visible.find(({ long }) => long === flag);
    assert.ok(option !== undefined, flag);
    const names = namesOf(option.attributeName());
    const check = (made: Report, source: string, from: string): void => {
      const rows = names.map((name) => rowOf(made, name));
      for (const row of rows) assert.deepEqual([row.source, row.from], [source, from], row.name);
      const isChanged = rows.some(({ name, value: now }) => {
        return JSON.stringify(now) !== JSON.stringify(rowOf(plain, name).value);
      });
      assert.ok(isChanged, `${from} changes ${names.join(", ")}`);
    };
    check(await report(value === true ? [flag] : [flag, value]), "flag", flag);
    if (option.envVar === undefined) continue;
    const env = { [option.envVar]: value === true ? "true" : value };
    check(await report([], env), "variable", option.envVar);
  }
});

test("ekiben config names the source that counts", async () => {
  const file = fileWith("api_server: { http: { port: 1 }, traffic: { timeout: 2 } }");
  const env: Record<string, string> = {};
  const args = ["--config", file];
  const port = async () => {
    const { value, from } = rowOf(await report(args, env), "api_server.http.port");
    return [value, from];
  };
  assert.deepEqual(await port(), [1, file]);
  env["EKIBEN_CONFIG_OPTIONS"] = "api_server.port=2";
  assert.deepEqual(await port(), [2, "EKIBEN_CONFIG_OPTIONS"]);
  const timeout = rowOf(await report(args, env), "api_server.traffic.timeout");
  assert.deepEqual([timeout.value, timeout.source], [2, "file"]);
  env["EKIBEN_PORT"] = "3";
  assert.deepEqual(await port(), [3, "EKIBEN_PORT"]);
  args.push("--port", "1");
  assert.deepEqual(await port(), [1, "--port"]);
});

test("ekiben config names no source of what has no effect", async () => {
  const file = fileWith(
    JSON.stringify({
      api_server: {
        http: { port: 5000, cors: { ...CORS, access_control_max_age: 5 } },
        grpc: { port: 5000 },
        logging: { access: { sample: 0.5 } },
      },
    }),
  );
  const made = await report(["--config", file, "--cors-origin", "*", "--no-access-log"]);
  for (const [name, value] of [
    ["api_server.grpc.port", 5001],
    ["api_server.http.cors.access_control_max_age", null],
    ["api_server.logging.access.sample", null],
  ] as const) {
    assert.deepEqual(rowOf(made, name), { name, value, source: "default", from: "default" });
  }
});
