/** Calls over Connect by GET, in memory: their headers, and what is kept. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { MiddlewareHandler } from "hono";
import { Inference } from "../../src/gen/ekiben/v1/inference_pb.ts";
import type { RpcFetch } from "../../src/rpc/fetch.ts";
import { contextOf } from "../../src/rpc/handler-context.ts";
import { countsOf, PROTOCOLS, type Protocol, transportTo } from "./fixture.ts";
import { errorOf, GET, messageOf, opened, queryOf, READ } from "./get-service.ts";

test("a cached API is called by GET, and answers again without its handler", async () => {
  const { call, service: made } = opened();
  const first = await call("own");
  assert.deepEqual(await first.json(), { text: "x 1" });
  const again = await call("own", { "x-request-id": "seven" });
  assert.deepEqual(await again.json(), { text: "x 1" });
  assert.equal(again.headers.get("x-request-id"), "seven");
  assert.equal(again.headers.get("content-type"), "application/json");
  assert.equal(again.headers.get("cache-control"), "private, no-cache");
  assert.match(again.headers.get("vary") ?? "", /accept-encoding.*if-model.*authorization.*cookie/);
  const etag = again.headers.get("etag") ?? "";
  assert.match(etag, /^W\/"[0-9a-f]{32}"$/);
  assert.equal(first.headers.get("etag"), etag);
  const other = await call("own", {}, "y");
  assert.deepEqual(await other.json(), { text: "y 2" });
  assert.notEqual(other.headers.get("etag"), etag);
  assert.deepEqual(await countsOf(made), ["own 200: 3"]);
});

test("a caller by GET that has the answer gets 304 without a body", async () => {
  const { call, service: made } = opened();
  const etag = (await call("own")).headers.get("etag") ?? "";
  for (const given of [etag, etag.slice(2), `"other", ${etag}`, "*"]) {
    const response = await call("own", { "if-none-match": given });
    assert.deepEqual([response.status, await response.text()], [304, ""], given);
    assert.equal(response.headers.get("etag"), etag);
    assert.equal(response.headers.get("cache-control"), "private, no-cache");
    assert.equal(response.headers.get("content-type"), null);
    assert.equal(response.headers.get("content-length"), null);
    assert.match(response.headers.get("x-request-id") ?? "", /./);
  }
  for (const given of ['"other"', "", "nonsense"]) {
    assert.equal((await call("own", { "if-none-match": given })).status, 200, given);
  }
  assert.equal((await call("own", { "if-none-match": etag }, "y")).status, 200);
  assert.deepEqual(await countsOf(made), ["own 200: 5", "own 304: 4"]);
});

test("an answer by POST has no tag, and is of the same cache", async () => {
  const { rpc, call } = opened();
  assert.deepEqual(await (await call("own")).json(), { text: "x 1" });
  for (const url of [GET, "http://test/bentoml.grpc.v1.BentoService/Call"]) {
    const headers = { "content-type": "application/json", "if-none-match": "*" };
    const body = messageOf("own");
    const response = await rpc(new Request(url, { method: "POST", headers, body }));
    assert.deepEqual([response?.status, response?.headers.get("etag")], [200, null]);
    assert.deepEqual(await response?.json(), { text: "x 1" });
  }
});

test("nothing of one caller becomes public by GET", async () => {
  const control = async (
    { call }: ReturnType<typeof opened>,
    headers = {},
    name = "shared",
  ): Promise<string | null> => (await call(name, headers)).headers.get("cache-control");
  const open = opened();
  assert.match((await control(open)) ?? "", /^public, max-age=(59|60)$/);
  assert.match((await open.call("shared")).headers.get("vary") ?? "", /x-kind/);
  for (const headers of [{ authorization: "Bearer x" }, { cookie: "a=b" }, { "x-api-key": "k" }]) {
    assert.match((await control(open, headers)) ?? "", /^private, max-age=/);
  }
  assert.equal(await control(open, {}, "secret"), "no-store");
  const pass: MiddlewareHandler = async (_, next) => await next();
  assert.match((await control(opened({ use: [pass] }))) ?? "", /^private, max-age=/);
  const [one, other, again] = await Promise.all(
    ["a", "b", "a"].map(async (key) => (await open.call("own", { "x-api-key": key })).text()),
  );
  assert.equal(one, again);
  assert.notEqual(one, other);
});

test("an API without a cache is not called by Get, over any protocol", async () => {
  const { call, rpc } = opened();
  const refused = await call("plain");
  assert.deepEqual([refused.status, refused.headers.get("cache-control")], [501, "no-store"]);
  assert.match((await errorOf(refused)).message, /"plain" may have side effects.*option cache/);
  const unknown = await call("toString");
  assert.deepEqual([unknown.status, (await errorOf(unknown)).code], [404, "not_found"]);
  for (const protocol of PROTOCOLS) {
    const client = createClient(Inference, transportTo(rpc, protocol));
    const content = { case: "text", value: { value: "x" } } as const;
    assert.equal((await client.get({ apiName: "own", content })).content.case, "text");
    await assert.rejects(client.get({ apiName: "plain", content }), (error) => {
      return error instanceof ConnectError && error.code === Code.Unimplemented;
    });
  }
});

for (const protocol of ["Connect JSON", "Connect binary"] satisfies Protocol[]) {
  for (const compress of [false, true]) {
    const gzip = compress ? " with gzip" : "";
    test(`Connect's client calls by GET over ${protocol}${gzip}`, async () => {
      const { rpc } = opened();
      const seen: string[] = [];
      const watched: RpcFetch = (request) => {
        seen.push(`${request.method} ${new URL(request.url).pathname}`);
        return rpc(request);
      };
      const options = { useHttpGet: true, compress, acceptGzip: compress };
      const client = createClient(Inference, transportTo(watched, protocol, options));
      const value = "añ+/ &=?#%".repeat(20);
      for (const apiName of ["own", "long"]) {
        const content = { case: "text", value: { value } } as const;
        const answer = await client.get({ apiName, content });
        assert.ok(answer.content.case === "text");
        const expected = apiName === "own" ? `${value} 1` : value.repeat(5000);
        assert.equal(answer.content.value.value, expected);
      }
      assert.deepEqual(seen, Array(2).fill("GET /ekiben.v1.Inference/Get"));
    });
  }
}

test("a compressed answer to GET has a tag too, and is not sent again", async () => {
  const { get, call } = opened();
  const headers = { "accept-encoding": "gzip" };
  const packed = await call("long", headers);
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  const etag = packed.headers.get("etag") ?? "";
  const known = await call("long", { ...headers, "if-none-match": etag });
  assert.deepEqual([known.status, known.headers.get("content-encoding")], [304, null]);
  const plain = await get(queryOf(messageOf("long")), { "if-none-match": etag });
  assert.deepEqual([plain.status, plain.headers.get("content-encoding")], [200, null]);
});

test("a deadline and a failure by GET are those of a POST, and not kept", async () => {
  const { call, service: made } = opened();
  const late = await call("slow", { "connect-timeout-ms": "20" });
  assert.deepEqual([late.status, (await errorOf(late)).code], [504, "deadline_exceeded"]);
  const failed = await call("refuse", { "if-none-match": "*" }, "not_found");
  assert.deepEqual([failed.status, (await errorOf(failed)).message], [404, "refused as not_found"]);
  for (const { headers } of [late, failed]) {
    assert.deepEqual([headers.get("cache-control"), headers.get("etag")], ["no-store", null]);
  }
  made.admission.drain();
  const drained = await call("own");
  assert.deepEqual([drained.status, (await errorOf(drained)).code], [503, "unavailable"]);
  assert.deepEqual(await countsOf(made), ["own 503: 1", "refuse 404: 1", "slow 504: 1"]);
});

test("a method of a mounted service is called by GET if it only reads", async () => {
  const urls: string[] = [];
  const { get } = opened({
    read(page, handler) {
      urls.push(`${handler.requestMethod} ${new URL(handler.url).search.slice(0, 12)}`);
      const { headers } = contextOf(handler).response;
      if (page.name === "public") headers.set("cache-control", "public, max-age=5");
      if (page.name === "tagged") headers.set("etag", '"mine"');
      return page;
    },
  });
  const read = (name: string, headers = {}) =>
    get(queryOf(JSON.stringify({ name })), headers, READ);
  const plain = await read("a");
  assert.deepEqual(await plain.json(), { name: "a" });
  assert.equal(plain.headers.get("cache-control"), "private, no-cache");
  assert.equal(plain.headers.get("vary"), "accept-encoding");
  assert.equal((await read("public")).headers.get("cache-control"), "public, max-age=5");
  const tagged = await read("tagged");
  assert.equal(tagged.headers.get("etag"), '"mine"');
  assert.equal((await read("tagged", { "if-none-match": 'W/"mine"' })).status, 304);
  assert.deepEqual(urls, Array(4).fill("GET ?connect=v1&"));
});

test("middleware see a call by GET, without its message, and refuse it", async () => {
  const seen: string[] = [];
  const guard: MiddlewareHandler = async (c, next) => {
    seen.push(`${c.req.method} ${c.req.url}`);
    c.header("access-control-allow-origin", "*");
    if (c.req.header("authorization") === undefined) return c.text("who?", 401);
    return await next();
  };
  const { get, call } = opened({ use: [guard] });
  const refused = await call("own");
  assert.deepEqual([refused.status, (await errorOf(refused)).code], [401, "unauthenticated"]);
  assert.equal(refused.headers.get("cache-control"), "no-store");
  const allowed = await get(`${queryOf(messageOf("own"))}&a=b`, { authorization: "me" });
  assert.deepEqual([allowed.status, await allowed.json()], [200, { text: "x 1" }]);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "*");
  const malformed = await get("?encoding=json", { authorization: "me" });
  assert.equal(malformed.status, 400);
  assert.equal(malformed.headers.get("access-control-allow-origin"), "*");
  assert.deepEqual(seen, [`GET ${GET}`, `GET ${GET}?a=b`, `GET ${GET}`]);
});
