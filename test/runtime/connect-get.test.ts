/** Calls over Connect by GET on the ports of a server: HTTP/1.1, and HTTP/2 on one port. */
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { universalClientResponseFromFetch } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-connect";
import { api, app, type Service, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { cors } from "hono/cors";
import { Inference } from "../../src/gen/ekiben/v1/inference_pb.ts";
import { GRPCInferenceService } from "../../src/gen/inference/grpc_service_pb.ts";
import { OneModel } from "../../src/repository/one-model.ts";
import { Repository } from "../../src/repository/repository.ts";
import { modelUrl } from "../onnx/models/index.ts";
import { countsOf } from "../rpc/fixture.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";

const GET = "/ekiben.v1.Inference/Get";
const queryOf = (apiName: string, value = "x"): string =>
  `?encoding=json&message=${encodeURIComponent(JSON.stringify({ apiName, text: value }))}`;

function tested(withModels = false): Service {
  let runs = 0;
  const io = { input: text(), output: text() };
  const batchingOf = () => ({ choice: "off", overridesOff: false }) as const;
  const models = () =>
    new Repository({ catalog: new OneModel("gather", modelUrl("gather")), batchingOf });
  return service("kept", {
    use: [cors({ origin: "http://page" })],
    ...(withModels && { models: models() }),
    apis: {
      kept: api({ ...io, cache: true }, (value) => `${value} ${++runs}`),
      plain: api(io, (value) => value),
    },
  });
}

/** Answers a request: its status, its headers and its body. */
type Send = (
  path: string,
  headers?: Readonly<Record<string, string>>,
  method?: string,
) => Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }>;

const byFetch =
  (fetcher: (request: Request) => Response | Promise<Response>, origin: string): Send =>
  async (path, headers = {}, method = "GET") => {
    const response = await fetcher(new Request(origin + path, { headers, method }));
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

/** Sends requests over one connection of HTTP/2. */
function byHttp2(origin: string): { send: Send; close(): void } {
  const session = connectHttp2(origin);
  const send: Send = async (path, headers = {}, method = "GET") => {
    const stream = session.request({ ...headers, ":path": path, ":method": method });
    const received = Promise.withResolvers<Record<string, unknown>>();
    stream.on("response", (sent) => received.resolve(sent as Record<string, unknown>));
    const chunks: Uint8Array[] = [];
    stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    const ended = Promise.withResolvers<void>();
    stream.on("end", ended.resolve);
    stream.on("error", (error) => {
      received.reject(error);
      ended.reject(error);
    });
    stream.end();
    const { ":status": status, ...rest } = await received.promise;
    await ended.promise;
    const plain = Object.entries(rest).filter(([name]) => !name.startsWith(":"));
    const text = Buffer.concat(chunks).toString();
    return { status: Number(status), headers: new Headers(plain as [string, string][]), text };
  };
  return { send, close: () => session.close() };
}

async function checkGet(send: Send): Promise<void> {
  const first = await send(GET + queryOf("kept"), { origin: "http://page" });
  assert.deepEqual([first.status, first.text], [200, '{"text":"x 1"}']);
  assert.equal(first.headers.get("cache-control"), "private, no-cache");
  assert.equal(first.headers.get("access-control-allow-origin"), "http://page");
  const etag = first.headers.get("etag") ?? "";
  const known = await send(GET + queryOf("kept"), { "if-none-match": etag });
  assert.deepEqual([known.status, known.text, known.headers.get("etag")], [304, "", etag]);
  const other = await send(GET + queryOf("kept", "y"), { "if-none-match": etag });
  assert.deepEqual([other.status, other.text], [200, '{"text":"y 2"}']);
  // The connection is in order.
  assert.equal((await send(GET + queryOf("kept"))).text, '{"text":"x 1"}');
  const long = await send(GET + queryOf("kept", "a".repeat(9000)), { origin: "http://page" });
  assert.deepEqual([long.status, JSON.parse(long.text).code], [429, "resource_exhausted"]);
  assert.equal(long.headers.get("access-control-allow-origin"), "http://page");
  const call = "/bentoml.grpc.v1.BentoService/Call";
  for (const method of ["GET", "HEAD", "DELETE"]) {
    const refused = await send(call + queryOf("kept"), {}, method);
    assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "POST"], method);
  }
  assert.equal((await send(GET + queryOf("plain"))).status, 501);
  assert.equal((await send(`${GET}?encoding=json&base64=1&message=!`)).status, 400);
  assert.equal((await send(`${GET}?message=`)).status, 415);
}

for (const onePort of [false, true]) {
  test(`calls by GET over HTTP/1.1${onePort ? ", on one port" : ""}`, async () => {
    using _ = silenced();
    const made = tested();
    const where = { host: "127.0.0.1", port: 0, signals: false } as const;
    const server = await serve(made, {
      ...where,
      ...(onePort ? { onePort } : { grpcPort: false }),
    });
    try {
      await checkGet(byFetch(fetch, new URL(server.url).origin));
      const counts = (await countsOf(made)).filter((each) => each.startsWith("kept"));
      assert.deepEqual(counts, ["kept 200: 3", "kept 304: 1"]);
    } finally {
      await server.close();
    }
  });
}

test("calls by GET over HTTP/2, on one port", async () => {
  using _ = silenced();
  const where = { host: "127.0.0.1", port: 0, signals: false, onePort: true } as const;
  const server = await serve(tested(), where);
  const { send, close } = byHttp2(new URL(server.url).origin);
  try {
    await checkGet(send);
  } finally {
    close();
    await server.close();
  }
});

test("app() answers calls by GET", async () => {
  using _ = silenced();
  const hono = app(tested());
  await checkGet(byFetch((request) => hono.fetch(request), "http://test"));
  await hono.close();
});

test("Connect's client calls cached APIs and reads models by GET", async () => {
  using _ = silenced();
  const where = { host: "127.0.0.1", port: 0, grpcPort: false, signals: false } as const;
  const server = await serve(tested(true), where);
  const sent: string[] = [];
  const transport = createTransport({
    async httpClient({ url, method, header, signal }) {
      sent.push(method);
      const response = await fetch(url, { method, headers: header, signal: signal ?? null });
      return universalClientResponseFromFetch(response);
    },
    baseUrl: new URL(server.url).origin,
    useBinaryFormat: true,
    useHttpGet: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 1024,
    readMaxBytes: 2 ** 20,
    writeMaxBytes: 2 ** 20,
  });
  try {
    const models = createClient(GRPCInferenceService, transport);
    assert.deepEqual((await models.serverLive({})).live, true);
    assert.deepEqual((await models.modelReady({ name: "gather" })).ready, true);
    assert.deepEqual((await models.modelMetadata({ name: "gather" })).name, "gather");
    assert.deepEqual((await models.repositoryIndex({})).models.length, 1);
    const content = { case: "text", value: { value: "añ" } } as const;
    const answer = await createClient(Inference, transport).get({ apiName: "kept", content });
    assert.deepEqual(answer.content.value, { ...answer.content.value, value: "añ 1" });
    assert.deepEqual(sent, Array(5).fill("GET"));
  } finally {
    await server.close();
  }
});

test("requests on a connection follow a call by GET with a body", async () => {
  using _ = silenced();
  const where = { host: "127.0.0.1", port: 0, grpcPort: false, signals: false } as const;
  const server = await serve(tested(), where);
  try {
    const head = `GET ${GET}${queryOf("kept")} HTTP/1.1\r\nhost: a\r\n`;
    const bytes = `${head}content-length: 5\r\n\r\nhello${head}connection: close\r\n\r\n`;
    const answers = await new Promise<string>((resolve, reject) => {
      const socket = connect(server.port, "127.0.0.1", () => socket.write(bytes));
      let received = "";
      socket.on("data", (chunk) => {
        received += chunk;
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(received));
    });
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    assert.deepEqual(statuses, ["200", "200"]);
  } finally {
    await server.close();
  }
});
