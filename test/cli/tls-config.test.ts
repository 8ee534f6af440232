/** What the configuration says of TLS, and the flags that go before it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { runCli, startCli } from "../support/cli.ts";
import { answer, curl, protos, V1 } from "./buf-curl.ts";
import { configFiles } from "./config-files.ts";

const { fileWith } = configFiles();
const greet = fileURLToPath(new URL("fixtures/greet.ts", import.meta.url));
const certificates = new URL("../runtime/http2/certificates/", import.meta.url);
const file = (name: string): string => fileURLToPath(new URL(name, certificates));

const ca = readFileSync(file("authority.pem"));
const client = { cert: readFileSync(file("client.pem")), key: readFileSync(file("client.key")) };

const SERVER = { certfile: file("server.pem"), keyfile: file("server.key") };
const OVER_TLS = /on (https:\S+) with/;
const isDeno = process.versions["deno"] !== undefined;

/** A configuration with these keys for TLS. */
function configOf(ssl: object): string {
  return fileWith(JSON.stringify({ api_server: { ssl } }));
}

/** A request over HTTP/1.1 on a TLS connection: its answer, empty where it was refused. */
function request(url: string, options: object = {}) {
  const { port } = new URL(url);
  return new Promise<{ text: string; protocol: string | null; cipher: string }>((resolve) => {
    const socket = connect({ port: Number(port), host: "localhost", ca, ...options });
    const seen = { text: "", protocol: null as string | null, cipher: "" };
    socket.on("secureConnect", () => {
      seen.protocol = socket.getProtocol();
      seen.cipher = socket.getCipher().name;
    });
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      seen.text += chunk;
    });
    socket.on("error", () => {}); // refused
    socket.on("close", () => resolve(seen));
    socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  });
}

test("ekiben serve takes certificates from the file, for clients of an authority", async () => {
  const config = configOf({ ...SERVER, ca_certs: file("authority.pem") });
  await using server = await startCli(["serve", greet, "--config", config], {}, OVER_TLS);
  assert.match((await request(server.url, client)).text, /^HTTP\/1\.1 200 /);
  assert.equal((await request(server.url)).text, "");
  const trust = ["--cacert", file("authority.pem"), "--schema", protos];
  const own = ["--cert", file("client.pem"), "--key", file("client.key")];
  const url = `${server.url.replace("127.0.0.1", "localhost")}/${V1}/Call`;
  const call = { apiName: "upper", text: "hello" };
  const flags = ["--protocol", "grpc", ...trust, ...own];
  assert.deepEqual(await answer(url, flags, call), { text: "HELLO" });
});

test("ekiben serve-http takes certificates from the file, and has no gRPC", async () => {
  const args = ["serve-http", greet, "--config", configOf(SERVER)];
  await using server = await startCli(args, {}, OVER_TLS);
  assert.match((await request(server.url)).text, /^HTTP\/1\.1 200 /);
  const url = `${server.url.replace("127.0.0.1", "localhost")}/${V1}/Call`;
  const flags = ["--cacert", file("authority.pem"), "--schema", protos, "--protocol"];
  const call = { apiName: "upper", text: "hello" };
  for (const protocol of ["connect", "grpcweb"]) {
    assert.deepEqual(await answer(url, [...flags, protocol], call), { text: "HELLO" });
  }
  const { code, output } = await curl(url, [...flags, "grpc"], call);
  assert.notEqual(code, 0);
  assert.match(output, /415/);
});

test("ekiben serve-grpc takes certificates from the file", async () => {
  const config = configOf(SERVER);
  const args = ["serve-grpc", greet, "--config", config, "--metrics-port", "0"];
  await using server = await startCli(args, {}, /on grpc:(\S+) and http:\S+ with/);
  const url = `https:${server.url.replace("127.0.0.1", "localhost")}/${V1}/Call`;
  const flags = ["--protocol", "grpc", "--cacert", file("authority.pem")];
  const call = { apiName: "upper", text: "hello" };
  assert.deepEqual(await answer(url, flags, call), { text: "HELLO" });
});

for (const [authority, protocols, text] of [
  ["authority.pem", ["http/1.1"], /^HTTP\/1\.1 200 /],
  // Of which the client's certificate is not.
  ["server.pem", ["http/1.1", "h2"], /^$/],
] as const) {
  test(`ekiben serve checks certificates that are optional by ${authority}`, async () => {
    const config = configOf({ ...SERVER, ca_certs: file(authority), cert_reqs: 1 });
    await using server = await startCli(["serve", greet, "--config", config], {}, OVER_TLS);
    assert.match((await request(server.url)).text, /^HTTP\/1\.1 200 /);
    for (const protocol of protocols) {
      const options = { ...client, ALPNProtocols: [protocol] };
      assert.match((await request(server.url, options)).text, text);
    }
  });
}

test("ekiben serve prefers flags of TLS to the file", async () => {
  const defaults = { version: 17, cert_reqs: 0, ciphers: "TLSv1" };
  const config = configOf({ certfile: "no.pem", keyfile: SERVER.keyfile, ...defaults });
  const args = ["serve", greet, "--config", config, "--ssl-certfile", SERVER.certfile];
  await using any = await startCli(args, {}, OVER_TLS);
  assert.equal((await request(any.url)).protocol, "TLSv1.3");
  await using old = await startCli([...args, "--ssl-version", "5"], {}, OVER_TLS);
  assert.equal((await request(old.url)).protocol, "TLSv1.2");
});

test("ekiben serve serves no TLS if it is not enabled, or has only a password", async () => {
  const config = configOf({ ...SERVER, enabled: false });
  const env = { EKIBEN_SSL_KEYFILE_PASSWORD: "secret" };
  await using server = await startCli(
    ["serve", greet, "--config", config],
    { env },
    /on (http:\S+) and/,
  );
  assert.equal((await fetch(`${server.url}/livez`)).status, 200);
});

test("ekiben serve uses the given ciphers, or says that it cannot", async () => {
  const args = [
    "serve",
    greet,
    "--config",
    configOf(SERVER),
    "--ssl-version",
    "5",
    "--ssl-ciphers",
  ];
  const wanted = "ECDHE-ECDSA-CHACHA20-POLY1305";
  if (isDeno) {
    const { code, output } = await runCli([...args, wanted]);
    assert.match(output, /^error: Cannot use the ciphers ECDHE-\S+: Deno ignores them/);
    assert.equal(code, 1);
    return;
  }
  await using server = await startCli([...args, wanted], {}, OVER_TLS);
  assert.equal((await request(server.url)).cipher, wanted);
  const { output } = await runCli([...args, "none-such"]);
  assert.equal(output.trim(), 'error: "none-such" names no cipher of TLS that OpenSSL knows');
});

const authorities = { ca_certs: file("authority.pem") };
for (const [what, command, ssl, message] of [
  ["TLS without a certificate", "serve", { enabled: true }, /^error: TLS needs both --ssl-certf/],
  ["a certificate without a key", "serve-grpc", { certfile: "a.pem" }, /^error: TLS needs both/],
  [
    "authorities that are not to be asked",
    "serve",
    { ...SERVER, ...authorities, cert_reqs: 0 },
    /^error: Clients show no certificates, but authorities for them are given: let/,
  ],
  [
    "to check certificates by no authority",
    "serve",
    { ...SERVER, cert_reqs: 2 },
    /^error: Certificates of clients are required, but no authorities are given/,
  ],
] as const) {
  test(`ekiben ${command} refuses ${what}`, async () => {
    const { code, output } = await runCli([command, greet, "--config", configOf(ssl)]);
    assert.match(output.trim(), message);
    assert.equal(code, 1);
  });
}

for (const [what, key, given, wanted] of [
  ["port", "port", "3001", "3000"],
  ["address", "host", "127.0.0.2", "0.0.0.0"],
] as const) {
  test(`ekiben serve refuses another ${what} for gRPC over TLS in the file`, async () => {
    const env = { EKIBEN_CONFIG_OPTIONS: `api_server.grpc.${key}=${given}` };
    const { output } = await runCli(["serve", greet, "--config", configOf(SERVER)], { env });
    assert.equal(
      output.trim(),
      `error: "api_server.grpc.${key}" was ${given}, but over TLS, or with --one-port, gRPC ` +
        `listens with HTTP, whose ${key} is ${wanted}: leave it out, or make them the same`,
    );
  });
}
