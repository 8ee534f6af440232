/** Requests of the Open Inference Protocol take the path of every request. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import type { MiddlewareHandler } from "hono";
import { ByteBudget } from "../../../src/byte-budget.ts";
import { fetch } from "../../support/fetch.ts";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import { post, rowsOf, send, served } from "./served.ts";

const guard: MiddlewareHandler = async (c, next) => {
  if (c.req.header("authorization") !== "Bearer right") return c.json({ error: "no" }, 401);
  await next();
  c.header("x-guarded", c.req.method);
  return undefined;
};

/** All routes, each with its method. */
const ROUTES = [
  ["/v2", "GET"],
  ["/v2/models", "GET"],
  ["/v2/models/stats", "GET"],
  ["/v2/models/gather", "GET"],
  ["/v2/models/gather/versions/1", "GET"],
  ["/v2/models/gather/ready", "GET"],
  ["/v2/models/gather/config", "GET"],
  ["/v2/models/gather/stats", "GET"],
  ["/v2/models/gather/infer", "POST"],
  ["/v2/models/gather/versions/1/infer", "POST"],
  ["/v2/models/nothing", "GET"],
  ["/v2/models/nothing/infer", "POST"],
  ["/v2/repository/index", "POST"],
  ["/v2/repository/models/gather/load", "POST"],
  ["/v2/repository/models/gather/unload", "POST"],
  ["/v2/logging", "GET"],
  ["/v2/nothing", "GET"],
] as const;

test("middleware guard every route but the health checks", async () => {
  using _ = silenced();
  await using server = await served({ use: [guard] });
  for (const [path, method] of ROUTES) {
    const init = { method, ...(method === "POST" ? { body: "{}" } : {}) };
    const refused = await send(server.url + path, init);
    assert.deepEqual([refused.status, refused.json], [401, { error: "no" }], path);
    const head = await fetch(server.url + path, { method: "HEAD" });
    assert.equal(head.status, 401, path);
  }
  for (const path of ["/v2/health/live", "/v2/health/ready"]) {
    assert.equal((await send(server.url + path)).status, 200, path);
  }
  // An escaped path is none of the protocol's: there is no way around the middleware.
  for (const path of ["/%762/models", "/v%32/models/gather", "/v2/%6dodels", "/V2/models"]) {
    const { status } = await send(server.url + path);
    assert.ok(status === 401 || status === 404, `${path}: ${status}`);
  }
  const headers = { authorization: "Bearer right" };
  const models = await send(`${server.url}/v2/models`, { headers });
  assert.deepEqual([models.status, models.headers.get("x-guarded")], [200, "GET"]);
  const url = `${server.url}/v2/models/gather/infer`;
  const answer = await post(url, rowsOf(1), headers);
  assert.deepEqual([answer.status, answer.headers.get("x-guarded")], [200, "POST"]);
  const wrong = await send(url, { headers });
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
  const missing = await send(`${server.url}/v2/models/nothing`, { headers });
  assert.deepEqual([missing.status, Object.keys(missing.json as object)], [404, ["error"]]);
});

test("a request has an id, a deadline, a lane and an explanation", async () => {
  using _ = silenced();
  await using server = await served();
  const url = `${server.url}/v2/models/gather/infer`;
  const named = await post(url, rowsOf(1), { "x-request-id": "mine", "ekiben-explain": "1" });
  assert.equal(named.headers.get("x-request-id"), "mine");
  assert.match(named.headers.get("ekiben-explain") ?? "", /^gather;method=predict;rows=1;/);
  for (const [header, value, status] of [
    ["request-timeout", "0", 504],
    ["request-timeout", "soon", 400],
    ["x-envoy-expected-rq-timeout-ms", "0", 504],
    ["request-timeout", "30", 200],
    ["ekiben-lane", "bulk", 200],
    ["ekiben-lane", "fast", 400],
  ] as const) {
    const answer = await post(url, rowsOf(1), { [header]: value });
    assert.equal(answer.status, status, `${header}: ${value}`);
    if (status !== 200) assert.deepEqual(Object.keys(answer.json as object), ["error"]);
  }
});

test("bodies are bounded, alone and together", async () => {
  using _ = silenced();
  const budget = new ByteBudget(200_000);
  await using server = await served({ maxBodyBytes: 150_000 }, { budget });
  const url = `${server.url}/v2/models/gather/infer`;
  for (const size of [150_001, 400_000]) {
    const { status, json } = await send(url, { method: "POST", body: " ".repeat(size) });
    assert.deepEqual([status, Object.keys(json as object)], [413, ["error"]]);
  }
  const held = budget.open();
  held.hold(190_000);
  const full = await send(url, { method: "POST", body: " ".repeat(100_000) });
  assert.deepEqual([full.status, full.headers.get("retry-after")], [503, "1"]);
  held.close();
  assert.equal((await post(url, rowsOf(1))).status, 200);
  await until(() => budget.heldBytes === 0);
});

/** Returns the endpoints of the requests that were counted, with their statuses and numbers. */
async function counted(url: string): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line =
    /^bentoml_api_server_request_total\{endpoint="([^"]*)".*http_response_code="(\d+)"\} (\d+)/gm;
  return Object.fromEntries(
    [...text.matchAll(line)].map(([, path, status, n]) => [`${path} ${status}`, Number(n)]),
  );
}

test("the metrics name known models only", async () => {
  using _ = silenced();
  await using server = await served({ control: true });
  for (let at = 0; at < 20; at++) {
    await post(`${server.url}/v2/models/made-up-${at}/infer`, rowsOf(1));
    await post(`${server.url}/v2/models/gather/versions/${at + 2}/infer`, rowsOf(1));
    await post(`${server.url}/v2/repository/models/made-up-${at}/load`, {});
    await send(`${server.url}/v2/made-up-${at}`);
    await send(`${server.url}/v2/models/%${at + 10}%ff`);
  }
  await post(`${server.url}/v2/models/gather/infer`, rowsOf(1));
  await post(`${server.url}/v2/models/gather/versions/1/infer`, rowsOf(1));
  await post(`${server.url}/v2/models/gather/infer`, {});
  await send(`${server.url}/v2/models/gather`);
  await send(`${server.url}/v2/health/live`);
  const { "/v2/repository/models/*/load 404": loads, ...counts } = await counted(server.url);
  assert.equal(loads, 20);
  assert.deepEqual(counts, {
    "(unknown) 404": 40,
    "(unknown) 400": 20,
    "/v2/models/gather/infer 404": 20,
    "/v2/models/gather/infer 200": 2,
    "/v2/models/gather/infer 400": 1,
    "/v2/models/gather 200": 1,
    "/v2/health/live 200": 1,
  });
});

test("a stop refuses requests, but answers health checks", async () => {
  using _ = silenced();
  await using server = await served();
  server.service.announceStop();
  const ready = await send(`${server.url}/v2/health/ready`);
  assert.deepEqual(
    [ready.status, ready.json],
    [400, { ready: false, live: true, error: "The service is shutting down" }],
  );
  const last = await post(`${server.url}/v2/models/gather/infer`, rowsOf(1));
  assert.deepEqual([last.status, last.headers.get("connection")], [200, "close"]);
  server.service.drain();
  for (const [path, method] of ROUTES.slice(0, 10)) {
    const init = { method, ...(method === "POST" ? { body: "{}" } : {}) };
    const { status, json } = await send(server.url + path, init);
    assert.deepEqual([status, json], [503, { error: "The service is shutting down" }], path);
  }
  assert.equal((await send(`${server.url}/v2/health/live`)).status, 200);
});

/** Sends requests on one connection, each after the answer to the last. Returns the statuses. */
async function exchange(port: number, texts: readonly string[]): Promise<readonly string[]> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  let received = "";
  socket.on("data", (chunk: string) => {
    received += chunk;
  });
  socket.on("error", () => {});
  const statuses = (): string[] =>
    [...received.matchAll(/HTTP\/1\.1 (?!100)(\d+) /g)].map(([, status = ""]) => status);
  for (const [at, text] of texts.entries()) {
    socket.write(text);
    await until(() => statuses().length === at + 1 || socket.closed);
  }
  socket.destroy();
  return statuses();
}

const JSON_BODY = JSON.stringify(rowsOf(1));

/** Returns a request with a body. */
function request(path: string, headers: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`;
}

for (const onePort of [false, true]) {
  test(`a connection goes on after errors${onePort ? ", on one port" : ""}`, async () => {
    using _ = silenced();
    await using server = await served(onePort ? { onePort } : {});
    const length = `Content-Length: ${JSON_BODY.length}\r\n`;
    const good = request("/v2/models/gather/infer", length, JSON_BODY);
    const chunked = request(
      "/v2/models/gather/infer",
      "Transfer-Encoding: chunked\r\n",
      `${JSON_BODY.length.toString(16)}\r\n${JSON_BODY}\r\n0\r\n\r\n`,
    );
    const all = [
      [good, "200"],
      [request("/v2/models/nothing/infer", length, JSON_BODY), "404"],
      [request("/v2/models/gather", length, JSON_BODY), "405"],
      [request("/v2/models/gather/infer", "Content-Length: 1\r\n", "{"), "400"],
      [request("/v2/models/gather/infer", "Content-Length: 0\r\n", ""), "400"],
      [request("/v2/models/gather/infer?a=b", length, JSON_BODY), "200"],
      [request("/v2/nothing", length, JSON_BODY), "404"],
      [chunked, "200"],
      ["GET /v2/models HTTP/1.1\r\nHost: a\r\n\r\n", "200"],
      ["GET /v2/models/nothing HTTP/1.1\r\nHost: a\r\n\r\n", "404"],
      ["PUT /v2/models HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "405"],
      [good, "200"],
    ] as const;
    const texts = all.map(([text]) => text);
    assert.deepEqual(
      await exchange(server.port, texts),
      all.map(([, status]) => status),
    );
    const expecting = request(
      "/v2/models/gather/infer",
      `Expect: 100-continue\r\n${length}`,
      JSON_BODY,
    );
    assert.deepEqual(await exchange(server.port, [expecting, good]), ["200", "200"]);
  });
}

test("chunked binary bodies are read", async () => {
  using _ = silenced();
  await using server = await served();
  const tensor = new Uint8Array(BigInt64Array.from({ length: 30_000 }, () => 3n).buffer);
  const parameters = { binary_data_size: tensor.length };
  const head = JSON.stringify({
    inputs: [{ name: "i", shape: [30_000], datatype: "INT64", parameters }],
    parameters: { binary_data_output: true },
  });
  const response = await fetch(`${server.url}/v2/models/gather/infer`, {
    method: "POST",
    headers: { "inference-header-content-length": String(head.length) },
    body: new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(head.slice(0, 10)));
        controller.enqueue(new TextEncoder().encode(head.slice(10)));
        for (let at = 0; at < tensor.length; at += 9_999) {
          controller.enqueue(tensor.slice(at, at + 9_999));
        }
        controller.close();
      },
    }),
    duplex: "half",
  } as RequestInit);
  assert.equal(response.status, 200);
  const bytes = await response.bytes();
  const length = Number(response.headers.get("inference-header-content-length"));
  const floats = new Float32Array(bytes.slice(length).buffer);
  assert.equal(floats.length, 60_000);
  assert.ok(floats.every((value, at) => value === floats[at % 2]));
});
