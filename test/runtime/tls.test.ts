/** What is served over TLS: all of HTTP without gRPC, and gRPC without HTTP. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { test } from "node:test";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { api, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { cors } from "hono/cors";
import { serveGrpc } from "../../src/runtime/serve-grpc.ts";
import { samplesIn } from "../support/exposition.ts";
import { silenced } from "../support/silenced.ts";

const certificates = new URL("http2/certificates/", import.meta.url);
const file = (name: string): string => fileURLToPath(new URL(name, certificates));
const ca = readFileSync(file("authority.pem"));

const settings = {
  port: 0,
  host: "127.0.0.1",
  signals: false,
  tls: { certFile: file("server.pem"), keyFile: file("server.key") },
} as const;

const CALL = "/bentoml.grpc.v1.BentoService/Call";
const UPPER = JSON.stringify({ apiName: "upper", text: "hello" });

const greeter = () =>
  service("greeter", {
    apis: { upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()) },
  });

/** A request over HTTP/2: its answer. */
async function http2(port: number, path: string, type: string, body: string | Buffer) {
  const session = connectHttp2(`https://localhost:${port}`, { ca });
  const headers = { ":method": "POST", ":path": path, "content-type": type };
  const stream = session.request(headers);
  const seen = { status: 0, headers: {} as Record<string, unknown>, body: "" };
  stream.on("response", ({ ":status": status = 0, ...others }) => {
    seen.status = status;
    seen.headers = others;
  });
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    seen.body += chunk;
  });
  stream.end(body);
  await new Promise((resolve, reject) => stream.on("end", resolve).on("error", reject));
  session.destroy();
  return seen;
}

/** A request over HTTP/1.1: its answer. */
function http1(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "localhost", ca });
    let received = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      received += chunk;
    });
    socket.on("error", reject).on("close", () => resolve(received));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  });
}

/** A message with the five bytes before it that gRPC and gRPC-Web want. */
function framed(message: string): Buffer {
  const bytes = Buffer.from(message);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

test("serve() serves all but gRPC over TLS, by HTTP/1.1 and HTTP/2", async () => {
  using _ = silenced();
  await using server = await serve(greeter(), { ...settings, grpcPort: false });
  const { port } = server;
  assert.deepEqual([server.url, server.grpcPort], [`https://127.0.0.1:${port}`, undefined]);
  assert.match(await http1(port, "/livez"), /^HTTP\/1\.1 200 /);
  const rest = await http2(port, "/upper", "text/plain", "hello");
  assert.deepEqual([rest.status, rest.body], [200, "HELLO"]);
  const connected = await http2(port, CALL, "application/json", UPPER);
  assert.deepEqual([connected.status, connected.body], [200, '{"text":"HELLO"}']);
  const web = await http2(port, CALL, "application/grpc-web+json", framed(UPPER));
  assert.equal(web.status, 200);
  assert.match(web.body, /\{"text":"HELLO"\}[\s\S]*grpc-status: 0/);
  const grpc = await http2(port, CALL, "application/grpc+json", framed(UPPER));
  assert.deepEqual([grpc.status, grpc.body], [415, ""]);
  assert.match(`${grpc.headers["accept-post"]}`, /^application\/grpc-web\+proto, /);
  const unknown = await http2(port, "/no.Service/None", "application/grpc", "");
  assert.equal(unknown.status, 404);
});

test("serve() serves gRPC on the same port over TLS", async () => {
  using _ = silenced();
  await using server = await serve(greeter(), settings);
  assert.equal(server.grpcPort, server.port);
  const grpc = await http2(server.port, CALL, "application/grpc+json", framed(UPPER));
  assert.equal(grpc.status, 200);
  assert.match(grpc.body, /\{"text":"HELLO"\}$/);
});

test("serveGrpc() serves only RPCs on its port over TLS", async () => {
  using output = silenced();
  await using server = await serveGrpc(greeter(), { ...settings, metricsPort: 0 });
  const { port } = server;
  const grpc = await http2(port, CALL, "application/grpc+json", framed(UPPER));
  assert.match(grpc.body, /\{"text":"HELLO"\}$/);
  for (const path of ["/", "/metrics", "/upper"]) {
    const answer = await http2(port, path, "text/plain", "hello");
    assert.deepEqual([answer.status, answer.body], [404, ""]);
    assert.match(await http1(port, path), /^HTTP\/1\.1 404 /);
  }
  const [, metrics] = / and (http:\S+) with/.exec(output.text) ?? [];
  const scraped = await (await fetch(`${metrics}/metrics`)).text();
  // The call, and what was refused beside it.
  assert.deepEqual(Object.values(samplesIn(scraped, "bentoml_api_server_request_total")), [1, 6]);
});

test("serve() over TLS answers preflights of calls by middleware, over HTTP/2 too", async () => {
  using _ = silenced();
  const guarded = service("guarded", { use: [cors()], apis: {} });
  await using server = await serve(guarded, settings);
  const session = connectHttp2(`https://localhost:${server.port}`, { ca });
  const stream = session.request({ ":method": "OPTIONS", ":path": CALL, origin: "http://page" });
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  stream.resume().end();
  session.destroy();
  assert.deepEqual([headers[":status"], headers["access-control-allow-origin"]], [204, "*"]);
});
