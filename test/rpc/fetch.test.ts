import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ConnectRouter } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { compressions } from "../../src/rpc/compression.ts";
import { type RpcFetch, rpcFetch } from "../../src/rpc/fetch.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { exampleApis } from "./example-apis.ts";
import { fetchOf, serviceOf } from "./fixture.ts";
import { Greeter } from "./greeter.ts";

const CALL = "http://test/bentoml.grpc.v1.BentoService/Call";
const STREAM = "http://test/ekiben.v1.Inference/CallStream";
const upper = (value: string): string => JSON.stringify({ apiName: "upper", text: value });

/** A request, by default for an API, in Connect JSON. */
function request(init: RequestInit & { url?: string; duplex?: "half" } = {}): Request {
  const { url = CALL, headers, ...rest } = init;
  const typed = { "content-type": "application/json", ...(headers as object) };
  return new Request(url, { method: "POST", body: upper("a"), ...rest, headers: typed });
}

async function answer(rpc: RpcFetch, asked: Request): Promise<Response> {
  const response = await rpc(asked);
  assert.ok(response);
  return response;
}

const rpc = fetchOf(exampleApis());

test("rpcFetch() answers the calls in BentoML's documentation", async () => {
  const body = '{"apiName":"upper","serializedBytes":"aGk="}';
  for (const version of ["v1", "v1alpha1"]) {
    const url = `http://test/bentoml.grpc.${version}.BentoService/Call`;
    const response = await answer(rpc, request({ url, body }));
    assert.deepEqual(await response.json(), { text: "HI" });
    assert.equal(response.headers.get("connection"), null);
  }
});

test("rpcFetch() leaves other requests alone", () => {
  for (const path of [
    "/",
    "/upper",
    "/bentoml.grpc.v1.BentoService",
    "/bentoml.grpc.v1.BentoService/call",
    "/x?y=http://z",
  ]) {
    assert.equal(rpc(request({ url: `http://test${path}` })), undefined, path);
  }
});

test("rpcFetch() accepts any host, and none", async () => {
  const path = "/bentoml.grpc.v1.BentoService/Call";
  for (const url of [
    path,
    `${path}?a=/b`,
    `http://[${path}`,
    `http://a b${path}?x`,
    `http://${path}`,
    `${CALL}?x=1`,
  ]) {
    // As runtimes hand on what HTTP/1.0, or a Host that is none, has asked for.
    const asked = Object.defineProperty(request(), "url", { value: url });
    assert.deepEqual(await (await answer(rpc, asked)).json(), { text: "A" }, url);
  }
});

test("rpcFetch() names the allowed method", async () => {
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
    for (const url of [CALL, STREAM]) {
      const response = await answer(rpc, request({ url, method, body: null }));
      assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"], method);
    }
  }
});

test("rpcFetch() names the accepted types, without gRPC", async () => {
  // With options, Connect forgets which protocols its router has.
  const own = (router: ConnectRouter) => void router.service(Greeter, {}, { maxTimeoutMs: 1000 });
  const mounted = rpcFetch(rpcRoutes(serviceOf({}, own).service));
  for (const type of [
    "application/grpc",
    "application/grpc+proto",
    "Application/gRPC; x=y",
    "text/plain",
    "application/x-protobuf",
  ]) {
    const headers = { "content-type": type };
    const unary = await answer(rpc, request({ headers }));
    assert.equal(unary.status, 415, type);
    assert.match(unary.headers.get("accept-post") ?? "", /application\/proto, application\/json$/);
    const stream = await answer(rpc, request({ url: STREAM, headers }));
    assert.equal(stream.status, 415, type);
    assert.match(stream.headers.get("accept-post") ?? "", /application\/connect\+json$/);
    const url = "http://test/example.Greeter/Greet";
    assert.equal((await answer(mounted, request({ url, headers }))).status, 415, type);
  }
});

const HOSTILE: readonly (readonly [string, string, BodyInit, number, RegExp])[] = [
  ["no JSON", "application/json", "{", 400, /invalid_argument/],
  ["an empty body as JSON", "application/json", "", 400, /invalid_argument/],
  ["JSON of another form", "application/json", '{"apiName":1}', 400, /invalid_argument/],
  ["two fields", "application/json", '{"text":"a","json":1}', 400, /invalid_argument/],
  [
    "deep JSON",
    "application/json",
    `{"json":${"[".repeat(1e6)}${"]".repeat(1e6)}}`,
    400,
    /invalid_argument/,
  ],
  ["no message", "application/proto", "\u0007\u0007\u0007", 400, /invalid_argument/],
  ["an envelope for a message", "application/proto", "\0\0\0\0\0", 400, /invalid_argument/],
  ["a message for an envelope", "application/grpc-web+proto", "\u0007", 200, /grpc-status: 3/],
  ["a cut envelope", "application/grpc-web+proto", "\0\0\0\0\u0009a", 200, /grpc-status: 3/],
  [
    "an envelope of 4 GiB",
    "application/grpc-web+proto",
    new Uint8Array([0, 255, 255, 255, 255]),
    200,
    /grpc-status: 8/,
  ],
  ["two messages", "application/grpc-web+proto", new Uint8Array(10), 200, /grpc-status: 12/],
  ["no message at all", "application/grpc-web+proto", "", 200, /grpc-status: 12/],
  [
    "an invalid compressed message",
    "application/grpc-web+proto",
    "\u0001\0\0\0\u0001a",
    200,
    /grpc-status: 13/,
  ],
];

for (const [what, type, body, status, words] of HOSTILE) {
  test(`rpcFetch() answers ${what} as ${type}`, async () => {
    const headers = { "content-type": type, "x-request-id": "abc-1" };
    const response = await answer(rpc, request({ headers, body }));
    assert.equal(response.status, status);
    assert.match(await response.text(), words);
    assert.equal(response.headers.get("x-request-id"), "abc-1");
  });
}

test("rpcFetch() repeats only an excerpt of a bad header", async () => {
  const long = "z".repeat(9000);
  for (const [url, headers] of [
    [CALL, { "content-encoding": long }],
    [CALL, { "connect-timeout-ms": long }],
    [STREAM, { "content-type": "application/connect+json", "connect-content-encoding": long }],
    [CALL, { "content-type": "application/grpc-web+proto", "grpc-encoding": long }],
    [CALL, { "content-type": "application/grpc-web+proto", "grpc-timeout": long }],
  ] as const) {
    const body = new Uint8Array(5);
    const text = await (await answer(rpc, request({ url, headers, body }))).text();
    assert.match(text, /zzz|timeout/, url);
    assert.ok(text.length < 900, `${text.length} characters`);
  }
});

test("rpcFetch() refuses a message that is too large, and discards the rest", async () => {
  const small = fetchOf(exampleApis(), {}, { maxMessageBytes: 100 });
  let pulled = 0;
  let isCancelled = false;
  const endless = () =>
    new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
      cancel() {
        isCancelled = true;
      },
    });
  const declared = { "content-length": "1000" };
  for (const type of ["application/json", "application/grpc-web+proto"]) {
    for (const [body, more, connection] of [
      [upper("a".repeat(100)), {}, null],
      [endless(), {}, "close"],
      [endless(), declared, "close"],
    ] as const) {
      const headers = { "content-type": type, ...more };
      const response = await answer(small, request({ headers, body, duplex: "half" }));
      assert.match(await response.text(), /resource_exhausted|grpc-status: 8/);
      assert.equal(response.headers.get("connection"), connection);
      assert.equal(isCancelled, connection === "close");
      isCancelled = false;
    }
  }
  assert.ok(pulled < 4 * 70, `${pulled} pieces were read`);
});

test("rpcFetch() answers with a message of any size", async () => {
  const small = fetchOf(exampleApis(), {}, { maxMessageBytes: 100 });
  // It grows by a half: this letter becomes three.
  const response = await answer(small, request({ body: upper("\u0390".repeat(20)) }));
  assert.equal(response.status, 200);
});

test("rpcFetch() refuses a message that does not arrive in time", async () => {
  for (const [callerMs, ms] of [
    ["", 60_000],
    ["500", 500],
    ["70000", 60_000],
  ] as const) {
    const headers: HeadersInit = callerMs === "" ? {} : { "connect-timeout-ms": callerMs };
    const clock = new FakeClock();
    let isCancelled = false;
    const body = new ReadableStream({
      cancel() {
        isCancelled = true;
      },
    });
    const slow = fetchOf(exampleApis(), {}, { clock });
    const answered = answer(slow, request({ headers, body, duplex: "half" }));
    await until(() => clock.pending === 1);
    clock.advance(ms - 1);
    assert.equal(clock.pending, 1);
    clock.advance(1);
    const response = await answered;
    assert.match(await response.text(), /deadline_exceeded.*did not arrive within/);
    await until(() => isCancelled);
  }
});

test("rpcFetch() refuses a truncated message", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
  const response = await answer(rpc, request({ body, duplex: "half" }));
  assert.equal(response.status, 400);
  assert.match(await response.text(), /could not be read to its end/);
});

test("rpcFetch() reads gzip, and sends it to clients that accept it", async () => {
  const headers = { "content-encoding": "gzip", "accept-encoding": "br, gzip" };
  for (const length of [10, 2000]) {
    const body = gzipSync(upper("a".repeat(length)));
    const response = await answer(rpc, request({ headers, body }));
    const isZipped = length > 1024;
    assert.equal(response.headers.get("content-encoding"), isZipped ? "gzip" : null);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(isZipped ? gunzipSync(bytes) : bytes);
    assert.deepEqual(JSON.parse(text), { text: "A".repeat(length) });
  }
});

test("rpcFetch() refuses messages that inflate to too much, or not at all", async () => {
  const headers = { "content-encoding": "gzip" };
  const bomb = gzipSync(new Uint8Array(2 ** 26));
  const small = fetchOf(exampleApis(), {}, { maxMessageBytes: 2 ** 20 });
  assert.match(
    await (await answer(small, request({ headers, body: bomb }))).text(),
    /resource_exhausted/,
  );
  assert.match(
    await (await answer(rpc, request({ headers, body: "x" }))).text(),
    /invalid_argument/,
  );
  const unknown = await answer(rpc, request({ headers: { "content-encoding": "br" } }));
  assert.match(await unknown.text(), /unimplemented.*supported encodings are gzip/);
});

test("rpcFetch() answers 500 if it fails itself", async () => {
  using logged = silenced();
  const broken = {
    ...(compressions[0] as Compression),
    compress: () => Promise.reject(new Error("no memory")),
  };
  const fails = fetchOf(exampleApis(), {}, { compressions: [broken] });
  const headers = { "accept-encoding": "gzip" };
  const response = await answer(fails, request({ headers, body: upper("a".repeat(2000)) }));
  assert.deepEqual([response.status, await response.text()], [500, ""]);
  assert.match(logged.text, /BentoService\/Call.* failed: .*no memory/);
});

test("rpcFetch() refuses invalid bounds", () => {
  for (const option of ["maxMessageBytes", "timeoutMs"]) {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => rpcFetch(() => {}, { [option]: value }), RangeError);
    }
  }
});
