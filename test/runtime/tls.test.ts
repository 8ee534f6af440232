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
import { fetch } from "../support/fetch.ts";
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

test("serve() over TLS allows calls of pages by HTTP/2, and answers their preflights", async () => {
  using _ = silenced();
  const page = "https://page.example";
  const options = { ...settings, apiKeys: ["ada:ada-key-0001"], cors: page } as const;
  await using server = await serve(greeter(), options);
  const session = connectHttp2(`https://localhost:${server.port}`, { ca });
  const answerOf = async (headers: Record<string, string>, body?: string | Buffer) => {
    const stream = session.request({ ":path": "/upper", ...headers });
    stream.resume().end(body);
    const [{ ":status": status, ...sent }] = (await once(stream, "response")) as [
      Record<string, unknown>,
    ];
    return [status, sent["access-control-allow-origin"], sent["access-control-allow-headers"]];
  };
  const key = { "x-api-key": "ada-key-0001" };
  for (const [path, type, body] of [
    ["/upper", "text/plain", "hello"],
    [CALL, "application/json", UPPER],
    [CALL, "application/grpc-web+json", framed(UPPER)],
  ] as const) {
    const asked = { "access-control-request-method": "POST" };
    const preflight = {
      ...{ ":method": "OPTIONS", ":path": path, ...asked },
      "access-control-request-headers": "x-api-key",
    };
    assert.deepEqual(await answerOf({ ...preflight, origin: page }), [204, page, "x-api-key"]);
    const [refused, allowed] = await answerOf({ ...preflight, origin: "https://other.example" });
    assert.deepEqual([refused, allowed], [403, undefined]);
    const call = { ":method": "POST", ":path": path, "content-type": type, origin: page };
    assert.deepEqual(await answerOf({ ...call, ...key }, body), [200, page, undefined], type);
    const [, readable] = await answerOf(call, body);
    assert.equal(readable, page, "the page can read that it needs a key");
  }
  session.destroy();
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
