/** Calls through each runtime's own server: what no function in its place can show. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { text } from "../../src/io/text.ts";
import type { RpcFetchOptions } from "../../src/rpc/fetch.ts";
import { listenHttp1 } from "../../src/runtime/listen-http1.ts";
import { api } from "../../src/service/api.ts";
import type { Apis } from "../../src/service/service-options.ts";
import { fetch } from "../support/fetch.ts";
import { until } from "../support/until.ts";
import { exampleApis } from "./example-apis.ts";
import { fetchOf } from "./fixture.ts";

const CALL = "/bentoml.grpc.v1.BentoService/Call";
const STREAM = "/ekiben.v1.Inference/CallStream";
const UPPER = '{"apiName":"upper","text":"a"}';

/** Serves some APIs on a port of its own. */
async function serve(apis: Apis, options: RpcFetchOptions = {}) {
  const rpc = fetchOf(apis, {}, options);
  const listener = await listenHttp1(
    (request) => rpc(request) ?? new Response("no call", { status: 404 }),
    { host: "127.0.0.1", port: 0 },
  );
  return {
    port: listener.port,
    url: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener.close(0),
  };
}

async function call(url: string, body: BodyInit = UPPER, headers: HeadersInit = {}) {
  const typed = { "content-type": "application/json", ...headers };
  return await fetch(`${url}${CALL}`, { method: "POST", body, headers: typed });
}

/** Sends bytes as they are, and gives what comes back until the server closes. */
function raw(port: number, bytes: string): Promise<string> {
  const answer = Promise.withResolvers<string>();
  let received = "";
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  socket.setEncoding("utf8").on("data", (chunk) => {
    received += chunk;
  });
  socket.on("error", () => {});
  socket.on("close", () => answer.resolve(received));
  return answer.promise;
}

test("rpcFetch() answers calls over HTTP/1.1", async () => {
  await using server = await serve(exampleApis());
  const response = await call(server.url);
  assert.deepEqual([response.status, await response.json()], [200, { text: "A" }]);
  assert.equal((await fetch(server.url)).status, 404);
});

test("rpcFetch() transfers a series over HTTP/1.1", async () => {
  await using server = await serve(exampleApis());
  const body = '{"apiName":"fill","series":{"doubleValues":[1.5,"NaN"]}}';
  const filled = await call(server.url, body);
  assert.deepEqual(await filled.json(), { series: { doubleValues: [1.5, 0] } });
});

for (const [what, head] of [
  ["HTTP/1.0 without a host", `POST ${CALL} HTTP/1.0`],
  ["HTTP/1.0", `POST ${CALL} HTTP/1.0\r\nhost: a`],
  ["an invalid host", `POST ${CALL} HTTP/1.1\r\nhost: [\r\nconnection: close`],
  ["an empty host", `POST ${CALL} HTTP/1.1\r\nhost:\r\nconnection: close`],
  ["an absolute URL", `POST http://[${CALL} HTTP/1.1\r\nhost: a\r\nconnection: close`],
] as const) {
  test(`rpcFetch() survives ${what}`, async () => {
    await using server = await serve(exampleApis());
    const typed = `content-type: application/json\r\ncontent-length: ${UPPER.length}`;
    const answer = await raw(server.port, `${head}\r\n${typed}\r\n\r\n${UPPER}`);
    // Some servers refuse such a request by themselves.
    assert.match(answer, /^HTTP\/1\.[01] (?:200 .*\{"text":"A"\}|4\d\d )/s);
    assert.equal((await call(server.url)).status, 200);
  });
}

test("rpcFetch() takes and sends gzip over HTTP/1.1", async () => {
  await using server = await serve(exampleApis());
  const body = gzipSync(`{"apiName":"upper","text":"${"a".repeat(5000)}"}`);
  const headers = { "content-encoding": "gzip", "accept-encoding": "gzip" };
  const response = await call(server.url, body, headers);
  assert.deepEqual(await response.json(), { text: "A".repeat(5000) });
});

test("rpcFetch() refuses a bomb and a large body, and goes on", async () => {
  await using server = await serve(exampleApis(), { maxMessageBytes: 2 ** 20 });
  const bomb = gzipSync(new Uint8Array(2 ** 27));
  const refused = await call(server.url, bomb, { "content-encoding": "gzip" });
  assert.deepEqual([refused.status, (await refused.json()).code], [429, "resource_exhausted"]);
  // A server may close before a client has sent all, which fetch() then says in its own way.
  await call(server.url, new Uint8Array(2 ** 24)).then(
    ({ status }) => assert.equal(status, 429),
    (error) => assert.ok(error instanceof TypeError || error.code === "ECONNRESET"),
  );
  assert.equal((await call(server.url)).status, 200);
});

test("rpcFetch() aborts the signal of a handler whose caller vanishes", async () => {
  const reason = Promise.withResolvers<{ readonly code: string }>();
  const onAbort = (given: unknown): void => reason.resolve(given as { readonly code: string });
  let waiting = 0;
  const { wait } = exampleApis(onAbort);
  const handler: typeof wait.handler = (input, context) => {
    waiting++;
    return wait.handler(input, context);
  };
  await using server = await serve({ wait: { ...wait, handler } });
  const left = new AbortController();
  const body = '{"apiName":"wait","text":""}';
  const headers = { "content-type": "application/json" };
  const { signal } = left;
  const answer = fetch(`${server.url}${CALL}`, { method: "POST", body, headers, signal });
  await until(() => waiting === 1);
  left.abort();
  await assert.rejects(answer);
  assert.equal((await reason.promise).code, "canceled");
});

test("rpcFetch() ends a stream whose caller does not read, and vanishes", async () => {
  let made = 0;
  let ended = 0;
  const piece = "x".repeat(2 ** 16);
  const endless = api({ input: text(), output: text() }, async function* () {
    try {
      for (;;) {
        made++;
        yield piece;
      }
    } finally {
      ended++;
    }
  });
  await using server = await serve({ endless });
  const message = '{"request":{"apiName":"endless","text":""}}';
  const envelope = `\0\0\0\0${String.fromCharCode(message.length)}${message}`;
  const head = `POST ${STREAM} HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+json`;
  const bytes = `${head}\r\ncontent-length: ${envelope.length}\r\n\r\n${envelope}`;
  const sockets: Socket[] = [];
  for (let number = 0; number < 5; number++) {
    const socket = connect(server.port, "127.0.0.1", () => socket.write(bytes));
    socket.on("error", () => {}).pause();
    sockets.push(socket);
  }
  // No more is made once the way to the caller is full.
  for (let before = -1; made < sockets.length || made !== before; ) {
    before = made;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const [at, socket] of sockets.entries()) {
    if (at % 2 === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
  await until(() => ended === sockets.length);
});
