/** HTTP/1.1 and HTTP/2 on one port, distinguished by their first bytes. */
import assert from "node:assert/strict";
import { Agent, request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import type { Http2Limits } from "../../../src/runtime/http2/limits.ts";
import { openOnePort } from "../../../src/runtime/http2/one-port.ts";
import type { Fetch } from "../../../src/runtime/listener.ts";
import { until } from "../../support/until.ts";
import { Echo, echoHandlers } from "./echo-service.ts";
import { endless, untilStill } from "./endless.ts";
import { bytesValue, GrpcClient } from "./grpc-client.ts";
import {
  block,
  call,
  callFields,
  END_HEADERS,
  END_STREAM,
  envelope,
  frame,
  PREFACE,
  RawConnection,
  SETTINGS,
  TYPE,
} from "./raw-http2.ts";

const echoRequest: Fetch = async (request) =>
  new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`);

async function openPort(fetch: Fetch = echoRequest, limits: Partial<Http2Limits> = {}) {
  const { handlers, seen } = echoHandlers();
  const listener = await openOnePort((router) => router.service(Echo, handlers), fetch, {
    host: "127.0.0.1",
    port: 0,
    limits,
  });
  const { port } = listener;
  return { listener, port, seen, [Symbol.asyncDispose]: () => listener.close(0) };
}

/** A socket, and what comes over it. */
function open(port: number): { readonly socket: Socket; text: string; closed: boolean } {
  const connection = { socket: connect(port, "127.0.0.1"), text: "", closed: false };
  connection.socket.setNoDelay(true).setEncoding("latin1");
  connection.socket.on("data", (chunk: string) => {
    connection.text += chunk;
  });
  connection.socket.on("error", () => {});
  connection.socket.on("close", () => {
    connection.closed = true;
  });
  return connection;
}

const REQUEST = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

/** A request by HTTP/2: its status and its answer. */
async function http2(port: number, fields: Record<string, string>, body: string) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":method": "POST", ...fields });
  let [status, text]: [unknown, string] = [undefined, ""];
  stream.on("response", (header) => {
    status = header[":status"];
  });
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  stream.end(body);
  await new Promise((resolve) => stream.on("end", resolve));
  session.destroy();
  return [status, text];
}

test("openOnePort() answers both kinds of HTTP, and calls in all protocols", async () => {
  await using server = await openPort();
  const url = `http://127.0.0.1:${server.port}`;
  const response = await fetch(`${url}/rest`, { method: "POST", body: "x" });
  assert.equal(await response.text(), "POST /rest x");
  assert.deepEqual(await http2(server.port, { ":path": "/rest" }, "y"), [200, "POST /rest y"]);
  const connect = { ":path": "/echo.Echo/Unary", "content-type": "application/json" };
  assert.deepEqual(await http2(server.port, connect, '"AAEC"'), [200, '"AAEC"']);
  const client = new GrpcClient(`127.0.0.1:${server.port}`);
  assert.equal((await client.call("/echo.Echo/Unary", [bytesValue(3000)])).code, 0);
  assert.equal((await client.call("/echo.Echo/Nothing", [bytesValue(3)])).code, 12);
  client.close();
});

test("openOnePort() reads large bodies, by both kinds of HTTP", async () => {
  await using server = await openPort(async (request) =>
    Response.json((await request.arrayBuffer()).byteLength),
  );
  const body = "x".repeat(5_000_000);
  const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body });
  assert.equal(await response.json(), body.length);
  assert.deepEqual(await http2(server.port, { ":path": "/" }, body), [200, String(body.length)]);
});

test("openOnePort() keeps connections of HTTP/1.1 for more requests", async () => {
  await using server = await openPort();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<unknown>();
  for (let at = 0; at < 5; at++) {
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest({ port: server.port, host: "127.0.0.1", agent }, (response) => {
        response.resume().on("end", resolve);
      });
      request.on("socket", (socket) => {
        socket.on("connect", () => ports.add(socket.localPort));
      });
      request.on("error", reject).end();
    });
  }
  assert.equal(ports.size, 1);
  agent.destroy();
});

const CALL = call(1, callFields("/echo.Echo/Unary"), envelope(bytesValue(3)));

for (const [what, pieces] of [
  ["byte by byte", [...PREFACE].map((byte) => Buffer.from([byte]))],
  ["in two", [PREFACE.subarray(0, 8), PREFACE.subarray(8)]],
  ["with all that follows", [Buffer.concat([PREFACE, SETTINGS, CALL])]],
] as const) {
  test(`openOnePort() recognises HTTP/2 when it arrives ${what}`, async () => {
    await using server = await openPort();
    const connection = new RawConnection(server.port);
    for (const piece of pieces) await connection.send(piece);
    if (pieces.length > 1) await connection.send(SETTINGS, CALL);
    await until(() => connection.got(TYPE.headers, 1, END_STREAM));
    assert.equal(connection.bytesOf(1), 10);
    connection.socket.destroy();
  });
}

for (const length of [0, 1, 2, 3, 5]) {
  test(`openOnePort() recognises HTTP/1.1 when ${length} bytes arrive first`, async () => {
    await using server = await openPort();
    const connection = open(server.port);
    await new Promise<void>((resolve) =>
      connection.socket.write(REQUEST.slice(0, length), () => resolve()),
    );
    connection.socket.write(REQUEST.slice(length));
    await until(() => connection.text.endsWith("POST /a abc"));
    assert.match(connection.text, /^HTTP\/1\.1 200 OK\r\n/);
    connection.socket.destroy();
  });
}

for (const [what, bytes] of [
  ["nothing", ""],
  ["the start of a preface", "PRI * "],
  ["the start of a request", "POST /a HT"],
  ["headers without end", "POST /a HTTP/1.1\r\nHost: a\r\n"],
] as const) {
  test(`openOnePort() closes a connection that sends no more than ${what}`, async () => {
    await using server = await openPort(echoRequest, { prefaceTimeoutMs: 50 });
    const connection = open(server.port);
    connection.socket.write(bytes);
    await until(() => connection.closed);
  });
}

test("openOnePort() closes a connection of HTTP/1.1 that has been idle", async () => {
  await using server = await openPort(echoRequest, { prefaceTimeoutMs: 100 });
  const connection = open(server.port);
  connection.socket.write(REQUEST);
  await until(() => connection.text.endsWith("POST /a abc"));
  await until(() => connection.closed);
});

test("openOnePort() stops an answer that is not read, of HTTP/1.1", async () => {
  const { seen, fetch } = endless();
  await using server = await openPort(fetch);
  const { socket } = open(server.port);
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await untilStill(() => seen.chunks);
  assert.ok(seen.chunks < 1000, `${seen.chunks} chunks`);
  socket.resetAndDestroy();
  await until(() => seen.cancelled && seen.aborted);
});

test("openOnePort() stops an answer that is not read, of HTTP/2", async () => {
  const { seen, fetch } = endless();
  await using server = await openPort(fetch);
  const connection = new RawConnection(server.port);
  const fields = { ":method": "GET", "content-type": "text/plain" };
  const flags = END_HEADERS | END_STREAM;
  await connection.send(
    PREFACE,
    SETTINGS,
    frame(TYPE.headers, flags, 1, block(callFields("/", fields))),
  );
  await until(() => connection.bytesOf(1) === 65_535);
  await untilStill(() => seen.chunks);
  assert.ok(seen.chunks < 100, `${seen.chunks} chunks`);
  connection.socket.resetAndDestroy();
  await until(() => seen.cancelled && seen.aborted);
});

test("A stop of openOnePort() completes answers, and closes idle connections", async () => {
  const held = Promise.withResolvers<void>();
  const size = 16 * 1024 * 1024;
  await using server = await openPort(async (request) => {
    if (request.url.endsWith("/now")) return new Response("now");
    await held.promise;
    const headers = { "content-length": String(size) };
    return new Response("x".repeat(size), { headers });
  });
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const [idle, busy, silent] = [open(server.port), open(server.port), open(server.port)];
  idle.socket.write(get("/now"));
  busy.socket.write(get("/later"));
  await until(() => idle.text.endsWith("now"));
  const closed = server.listener.close(60_000);
  await until(() => idle.closed && silent.closed);
  assert.equal(busy.closed, false);
  held.resolve();
  await closed;
  await until(() => busy.closed);
  assert.equal(busy.text.length - busy.text.indexOf("\r\n\r\n") - 4, size);
});

test("A stop of openOnePort() closes all connections at the end of the grace", async () => {
  const { fetch } = endless();
  await using server = await openPort(fetch);
  const stuck = open(server.port);
  stuck.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(() => stuck.text !== "");
  stuck.socket.pause();
  await server.listener.close(50);
  stuck.socket.destroy();
});
