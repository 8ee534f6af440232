/** HTTP/1.1 and HTTP/2 over TLS on one port. The certificates are made by certificates/make.sh. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import {
  type CertificateFiles,
  readCertificates,
} from "../../../src/runtime/http2/certificates.ts";
import { openTlsPort } from "../../../src/runtime/http2/tls-port.ts";
import type { Fetch } from "../../../src/runtime/listener.ts";
import { until } from "../../support/until.ts";
import { Echo, echoHandlers } from "./echo-service.ts";
import { endless, untilStill } from "./endless.ts";
import { bytesValue, GrpcClient } from "./grpc-client.ts";

const file = (name: string): string =>
  fileURLToPath(new URL(`certificates/${name}`, import.meta.url));
const read = (name: string): Buffer => readFileSync(file(name));

const SERVER: CertificateFiles = { certFile: file("server.pem"), keyFile: file("server.key") };
const ca = read("authority.pem");
const client = { cert: read("client.pem"), key: read("client.key") };

const echoRequest: Fetch = async (request) =>
  new Response(`${request.method} ${request.url} ${await request.text()}`);

async function openPort(files: CertificateFiles = SERVER, fetch: Fetch = echoRequest) {
  const { handlers, seen } = echoHandlers();
  const listener = await openTlsPort((router) => router.service(Echo, handlers), fetch, {
    host: "127.0.0.1",
    port: 0,
    certificates: await readCertificates(files),
    limits: { prefaceTimeoutMs: 500 },
  });
  const { port } = listener;
  return { listener, port, seen, [Symbol.asyncDispose]: () => listener.close(0) };
}

/** A connection of HTTP/1.1, and what comes over it. */
function http1(port: number, text: string, options: object = {}) {
  const socket: TLSSocket = connect({ port, host: "localhost", ca, ...options });
  const connection = { socket, text: "", closed: false };
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    connection.text += chunk;
  });
  socket.on("error", () => {}); // refused, or reset
  socket.on("close", () => {
    connection.closed = true;
  });
  socket.write(text);
  return connection;
}

const REQUEST = "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";

/** A request by HTTP/2: its answer. */
async function http2(port: number, path: string, options: object = {}): Promise<string> {
  const session = connectHttp2(`https://localhost:${port}`, { ca, ...options });
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/json",
  });
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  stream.end('"AAEC"');
  await new Promise((resolve, reject) => stream.on("end", resolve).on("error", reject));
  session.destroy();
  return text;
}

for (const [who, files, identity] of [
  ["anybody", SERVER, {}],
  ["clients with a certificate", { ...SERVER, caFile: file("authority.pem") }, client],
] as const) {
  test(`openTlsPort() answers ${who}, by both kinds of HTTP and in all protocols`, async () => {
    await using server = await openPort(files);
    for (const alpn of [{ ALPNProtocols: ["http/1.1"] }, {}]) {
      const connection = http1(server.port, REQUEST, { ...identity, ...alpn });
      await until(() => connection.text.endsWith("POST https://localhost/a abc"));
      connection.socket.destroy();
    }
    const url = `https://localhost:${server.port}`;
    assert.equal(await http2(server.port, "/b", identity), `POST ${url}/b "AAEC"`);
    assert.equal(await http2(server.port, "/echo.Echo/Unary", identity), '"AAEC"');
    const credentials = grpc.credentials.createSsl(
      ca,
      "key" in identity ? identity.key : null,
      "cert" in identity ? identity.cert : null,
    );
    const caller = new GrpcClient(`localhost:${server.port}`, credentials);
    const { code, messages } = await caller.call("/echo.Echo/Unary", [bytesValue(3000)]);
    assert.deepEqual([code, messages], [0, [bytesValue(3000)]]);
    caller.close();
  });
}

test("openTlsPort() refuses clients without a certificate, if it has an authority", async () => {
  await using server = await openPort({ ...SERVER, caFile: file("authority.pem") });
  const connection = http1(server.port, REQUEST);
  await until(() => connection.closed);
  assert.equal(connection.text, "");
  await assert.rejects(http2(server.port, "/b"));
  const caller = new GrpcClient(`localhost:${server.port}`, grpc.credentials.createSsl(ca));
  const deadline = Date.now() + 500;
  const { code } = await caller.call("/echo.Echo/Unary", [bytesValue(3)], {}, { deadline });
  assert.notEqual(code, 0);
  assert.equal(server.seen.started, 0);
  caller.close();
});

for (const [what, bytes] of [
  ["nothing", ""],
  ["half a handshake", Buffer.from("16030100a5010000a10303", "hex")],
  ["HTTP/1.1", REQUEST],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
] as const) {
  test(`openTlsPort() closes a connection that sends ${what} without TLS`, async () => {
    await using server = await openPort();
    const socket = connectTcp(server.port, "127.0.0.1");
    let closed = false;
    socket
      .on("error", () => {})
      .on("close", () => {
        closed = true;
      });
    socket.write(bytes);
    socket.resume();
    await until(() => closed);
    assert.match(await http2(server.port, "/b"), /^POST /);
  });
}

test("openTlsPort() stops an answer that is not read, of HTTP/1.1", async () => {
  const { seen, fetch } = endless();
  await using server = await openPort(SERVER, fetch);
  const relay = await openStallingRelay(server.port);
  const { socket } = http1(relay.port, REQUEST);
  await untilStill(() => seen.chunks);
  assert.ok(seen.chunks < 1000, `${seen.chunks} chunks`);
  socket.destroy();
  relay.close();
  await until(() => seen.cancelled);
});

/**
 * Stands between a client and a port, and stops reading what the port sends after a while: a TLS
 * client of Deno's reads on although it is paused.
 */
async function openStallingRelay(port: number): Promise<{ port: number; close(): void }> {
  const sockets: Socket[] = [];
  const relay = createServer((client) => {
    const upstream = connectTcp(port, "127.0.0.1");
    sockets.push(client, upstream);
    let passed = 0;
    client.on("data", (chunk) => upstream.write(chunk)).on("error", () => {});
    upstream
      .on("error", () => {})
      .on("data", (chunk: Buffer) => {
        passed += chunk.length;
        client.write(chunk);
        if (passed > 100_000) upstream.pause();
      });
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  return {
    port: (relay.address() as AddressInfo).port,
    close() {
      relay.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test("A stop of openTlsPort() completes answers, and closes idle connections", async () => {
  const held = Promise.withResolvers<void>();
  await using server = await openPort(SERVER, async (request) => {
    if (request.url.endsWith("/b")) await held.promise;
    return new Response("done");
  });
  const idle = http1(server.port, REQUEST);
  await until(() => idle.text.endsWith("done"));
  const answer = http2(server.port, "/b");
  const busy = http1(server.port, REQUEST.replace("/a", "/b"));
  const chat = new GrpcClient(`localhost:${server.port}`, grpc.credentials.createSsl(ca));
  assert.equal((await chat.call("/echo.Echo/Unary", [bytesValue(3)])).code, 0);
  const closed = server.listener.close(60_000);
  await until(() => idle.closed);
  assert.equal(busy.closed, false);
  held.resolve();
  assert.equal(await answer, "done");
  await closed;
  assert.match(busy.text, /\r\n\r\ndone$/);
  chat.close();
});

for (const [what, files, words] of [
  [
    "a file that is not there",
    { certFile: "nowhere.pem" },
    /^Cannot read the certificate for TLS: .*nowhere\.pem/,
  ],
  ["a key that is not there", { keyFile: "nowhere.key" }, /^Cannot read the private key for TLS: /],
  ["a folder", { caFile: file(".") }, /^Cannot read the authorities for TLS: /],
  [
    "a key for a certificate",
    { certFile: file("server.key") },
    /^There is no certificate in PEM format in .*server\.key$/,
  ],
  [
    "a certificate for a key",
    { keyFile: file("server.pem") },
    /^There is no private key in PEM format in .*server\.pem$/,
  ],
  [
    "something else for authorities",
    { caFile: file("make.sh") },
    /^There is no certificate in PEM format in .*make\.sh$/,
  ],
  [
    "a key of another",
    { keyFile: file("client.key") },
    /^The private key in .*client\.key does not belong to the certificate in .*server\.pem$/,
  ],
] as const) {
  test(`readCertificates() refuses ${what}`, async () => {
    await assert.rejects(readCertificates({ ...SERVER, ...files }), { message: words });
  });
}
