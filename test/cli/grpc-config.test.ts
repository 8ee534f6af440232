/** What the configuration says of gRPC, and the flags that go before it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Settings } from "node:http2";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli, startCli } from "../support/cli.ts";
import { answer, curl, grpcUrl, OVER_HTTP2, protos, V1 } from "./buf-curl.ts";
import { configFiles, takenPort } from "./config-files.ts";

const { fileWith } = configFiles();
const greet = fileURLToPath(new URL("fixtures/greet.ts", import.meta.url));
const BOTH = /on (http:\S+) and grpc:\S+ with/;
const WITH_SCHEMA = [...OVER_HTTP2, "--schema", protos];
const upper = { apiName: "upper", text: "hello" };

test("ekiben serve takes gRPC's port from flag, variable, options, file, in turn", async () => {
  await using file = await takenPort();
  await using options = await takenPort();
  await using variable = await takenPort();
  await using flag = await takenPort();
  const config = fileWith(`api_server: { grpc: { port: ${file.port} } }`);
  const args = ["serve", greet, "--config", config, "--host", "127.0.0.1", "--port", "0"];
  const env: Record<string, string> = {};
  const portInUse = async (more: readonly string[] = []): Promise<string | undefined> => {
    const { output } = await runCli([...args, ...more], { env });
    const line = /^error: Cannot listen on 127\.0\.0\.1:(\d+) for gRPC: the port is in use/;
    return line.exec(output.trim())?.[1];
  };
  assert.equal(await portInUse(), `${file.port}`);
  env["EKIBEN_CONFIG_OPTIONS"] = `api_server.grpc.port=${options.port}`;
  assert.equal(await portInUse(), `${options.port}`);
  env["EKIBEN_GRPC_PORT"] = `${variable.port}`;
  assert.equal(await portInUse(), `${variable.port}`);
  assert.equal(await portInUse(["--grpc-port", `${flag.port}`]), `${flag.port}`);
});

test("ekiben serve serves gRPC on the next port if the file has one port for both", async () => {
  const env = { EKIBEN_CONFIG_OPTIONS: "api_server.grpc.port=0 api_server.http.port=0" };
  await using server = await startCli(["serve", greet], { env }, BOTH);
  assert.deepEqual(await answer(`${grpcUrl(server)}/${V1}/Call`, OVER_HTTP2, upper), {
    text: "HELLO",
  });
});

for (const [what, key, other, purpose] of [
  ["its port", "port", "metrics.port", " for gRPC"],
  ["the port of its metrics", "metrics.port", "port", ""],
] as const) {
  test(`ekiben serve-grpc takes ${what} from the configuration`, async () => {
    await using taken = await takenPort();
    const values = `api_server.grpc.${key}=${taken.port} api_server.grpc.${other}=0`;
    const env = { EKIBEN_CONFIG_OPTIONS: `${values} api_server.grpc.host=127.0.0.1` };
    const { code, output } = await runCli(["serve-grpc", greet], { env });
    const address = `127.0.0.1:${taken.port}`;
    const message = `error: Cannot listen on ${address}${purpose}: the port is in use`;
    assert.ok(output.startsWith(message), output);
    assert.equal(code, 1);
  });
}

test("ekiben serve applies the bounds of gRPC in the file", async () => {
  const config = fileWith(`
api_server:
  grpc:
    max_concurrent_streams: 7
    maximum_concurrent_rpcs: 1
    max_message_length: 1000
    reflection: { enabled: false }
    channelz: { enabled: false }
`);
  await using server = await startCli(["serve", greet, "--config", config], {}, BOTH);
  const url = grpcUrl(server);
  assert.notEqual((await curl(`${url}/${V1}/Call`, OVER_HTTP2, upper)).code, 0, "no reflection");
  assert.deepEqual(await answer(`${url}/${V1}/Call`, WITH_SCHEMA, upper), { text: "HELLO" });
  const text = "a".repeat(2000);
  const large = await curl(`${url}/${V1}/Call`, WITH_SCHEMA, { ...upper, text });
  assert.equal(large.code, 8 * 8, large.output);
  const body = await fetch(`${server.url}/upper`, { method: "POST", body: text });
  assert.equal(await body.text(), text.toUpperCase(), "HTTP has a bound of its own");

  const session = connect(url);
  const [settings]: Settings[] = await once(session, "remoteSettings");
  assert.equal(settings?.maxConcurrentStreams, 7);
  const open = session.request({
    ":method": "POST",
    ":path": `/${V1}/Call`,
    "content-type": "application/grpc",
  });
  open.on("error", () => {});
  // The server has got what was sent before it.
  await new Promise((resolve) => session.ping(resolve));
  const second = await curl(`${url}/${V1}/Call`, WITH_SCHEMA, upper);
  assert.equal(second.code, 8 * 8, second.output);
  session.destroy();
});

test("ekiben serve prefers flags to the bounds of gRPC in the file", async () => {
  const config = fileWith(`
api_server:
  grpc:
    max_concurrent_streams: 7
    maximum_concurrent_rpcs: 1
    max_message_length: 10
    reflection: { enabled: false }
`);
  const bounds = ["--max-concurrent-streams", "8", "--max-concurrent-rpcs", "2"];
  const flags = [...bounds, "--max-body", "100000", "--enable-reflection"];
  await using server = await startCli(["serve", greet, "--config", config, ...flags], {}, BOTH);
  const url = grpcUrl(server);
  const session = connect(url);
  const [settings]: Settings[] = await once(session, "remoteSettings");
  assert.equal(settings?.maxConcurrentStreams, 8);
  session.destroy();
  const call = { apiName: "upper", text: "a".repeat(500) };
  assert.deepEqual(await answer(`${url}/${V1}/Call`, OVER_HTTP2, call), { text: "A".repeat(500) });
});

for (const [flags, code] of [
  [[], 5],
  [["--compatibility"], 13],
] as const) {
  test(`ekiben serve ${flags} answers with ${code} for an unknown API`, async () => {
    await using server = await startCli(["serve", greet, ...flags], {}, BOTH);
    const call = await curl(`${grpcUrl(server)}/${V1}/Call`, OVER_HTTP2, { apiName: "none" });
    assert.equal(call.code, code * 8, call.output);
  });
}

// 192.0.2.1 is no machine's: who wants it says that it cannot have it.
for (const [command, text, refused] of [
  [
    "serve",
    "{ http: { host: 127.0.0.1, port: 0 }, grpc: { host: 192.0.2.1 } }",
    /^error: Cannot listen on 192\.0\.2\.1:0 for gRPC: [^\n]+$/,
  ],
  [
    "serve-grpc",
    "{ grpc: { host: 127.0.0.1, port: 0, metrics: { host: 192.0.2.1, port: 0 } } }",
    /^error: Cannot listen on 192\.0\.2\.1:0: [^\n]+$/,
  ],
] as const) {
  test(`ekiben ${command} listens on the addresses of the file, or on that of --host`, async () => {
    const args = [command, greet, "--config", fileWith(`api_server: ${text}`)];
    const { code, output } = await runCli(args);
    assert.match(output.trim(), refused);
    assert.equal(code, 1);
    await using _ = await startCli(
      args,
      {},
      /on \w+:\/\/127\.0\.0\.1:\d+ and \w+:\/\/127\.0\.0\.1:/,
    );
  });
}

test("ekiben serve --one-port refuses another address for gRPC in the file", async () => {
  const env = { EKIBEN_CONFIG_OPTIONS: "api_server.grpc.host=127.0.0.1 api_server.grpc.port=0" };
  const { code, output } = await runCli(["serve", greet, "--one-port"], { env });
  assert.match(
    output.trim(),
    /^error: "api_server\.grpc\.host" was 127\.0\.0\.1, but over TLS, or/,
  );
  assert.equal(code, 1);
});
