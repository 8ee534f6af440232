/** Calls over Connect by GET, in memory: the queries and the methods that they may have. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { silenced } from "../support/silenced.ts";
import { countsOf } from "./fixture.ts";
import { errorOf, GET, messageOf, opened, queryOf } from "./get-service.ts";

const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString("base64url");

test("a message by GET may be base64 of either alphabet, and compressed", async () => {
  const { get } = opened();
  const message = messageOf("asked", "~~~???");
  const std = encodeURIComponent(Buffer.from(message).toString("base64"));
  for (const query of [
    `?encoding=json&message=${encodeURIComponent(message)}`,
    `?connect=v1&base64=0&encoding=json&message=${encodeURIComponent(message)}`,
    `?connect=v1&base64=1&encoding=json&message=${base64(message)}`,
    `?base64=1&encoding=json&message=${std}`,
    `?base64=1&compression=gzip&encoding=json&message=${base64(gzipSync(message))}`,
    `?base64=1&compression=identity&encoding=json&message=${base64(message)}`,
  ]) {
    const response = await get(query);
    // The query of the protocol is not one of the API.
    assert.deepEqual([response.status, await response.json()], [200, { text: " true" }], query);
  }
  const more = await get(`${queryOf(message)}&a=b`);
  assert.deepEqual(await more.json(), { text: "a=b true" });
});

test("a malformed query is invalid_argument, and says why", async () => {
  using _ = silenced();
  const { get, service: made } = opened();
  const message = encodeURIComponent(messageOf("own"));
  const cases: readonly (readonly [query: string, status: number, why: RegExp])[] = [
    ["", 415, /"encoding" as "json" or "proto"/],
    ["?connect=v1&encoding=xml&message=1", 415, /"encoding" as "json" or "proto"/],
    [`?encoding=json`, 400, /no "message"/],
    [`?connect=v2&encoding=json&message=${message}`, 400, /"connect" as "v1", but had "v2"/],
    [`?encoding=json&message=${message}&message=${message}`, 400, /"message" more than once/],
    [`?encoding=json&base64=true&message=${message}`, 400, /"base64" as "1".*but had "true"/],
    [`?encoding=json&base64=1&message=${message}`, 400, /as base64url/],
    ["?encoding=json&base64=1&message=a%2Bb+c", 400, /as base64url/],
    ["?encoding=json&base64=1&message=abcde", 400, /as base64url/],
    ["?encoding=json&base64=1&message=ab=c", 400, /as base64url/],
    ["?encoding=json&message=%ff", 400, /escapes that are not of UTF-8/],
    ["?encoding=json&message=%7", 400, /escapes that are not of UTF-8/],
    ["?encoding=json&message=", 400, /Cannot read the request as bentoml.grpc.v1.Request in JSON/],
    ["?encoding=json&message=[1]", 400, /Cannot read the request/],
    ["?encoding=proto&base64=1&message=_w", 400, /in protobuf/],
    ["?encoding=json&compression=gzip&base64=1&message=AAAA", 400, /not gzip/],
    ["?encoding=json&compression=gzip&message=AAAA", 400, /must have "base64" as "1"/],
    ["?encoding=json&compression=zstd&base64=1&message=AAAA", 501, /unknown compression "zstd"/],
  ];
  for (const [query, status, why] of cases) {
    const response = await get(query);
    const { code, message: said } = await errorOf(response);
    assert.equal(response.status, status, `${query}: ${said}`);
    assert.match(said, why, query);
    assert.equal(code, status === 400 ? "invalid_argument" : "unimplemented", query);
    assert.equal(response.headers.get("cache-control"), "no-store", query);
    assert.match(response.headers.get("x-request-id") ?? "", /./, query);
  }
  const counts = await countsOf(made);
  assert.deepEqual(
    counts.map((each) => each.split(" ").slice(-2).join(" ")),
    ["400: 15", "415: 2", "501: 1"],
  );
});

test("a URL that is too long is refused, and one that is not is taken", async () => {
  const { get } = opened();
  const fill = (length: number): string => {
    const query = queryOf(messageOf("own", ""));
    const left = length - GET.length - query.length;
    return queryOf(messageOf("own", "a".repeat(left)));
  };
  assert.equal((await get(fill(8192))).status, 200);
  const refused = await get(fill(8193));
  const { code, message } = await errorOf(refused);
  assert.deepEqual([refused.status, code], [429, "resource_exhausted"]);
  assert.match(message, /has 8193 characters.*8192: call ekiben.v1.Inference\/Get by POST/);
  const { length } = message;
  assert.ok(length < 300, `${length}`);
  const bomb = base64(gzipSync(new Uint8Array(2 ** 22)));
  const bounded = await get(`?encoding=proto&base64=1&compression=gzip&message=${bomb}`);
  assert.equal(bounded.status, 400);
  // Unknown fields without content: each would be an object.
  const parts = base64(gzipSync(new Uint8Array(Buffer.alloc(2 ** 22, Uint8Array.of(0x7a, 0)))));
  const many = await get(`?encoding=proto&base64=1&compression=gzip&message=${parts}`);
  assert.deepEqual([many.status, (await errorOf(many)).code], [429, "resource_exhausted"]);
});

test("a method with side effects is called by POST alone", async () => {
  const { rpc, get } = opened();
  const urls = [
    "http://test/bentoml.grpc.v1.BentoService/Call",
    "http://test/ekiben.v1.Inference/CallStream",
    "http://test/example.Reader/Write",
  ];
  for (const url of urls) {
    const response = await get(queryOf("{}"), {}, url);
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"], url);
    assert.match((await errorOf(response)).message, /is called by POST, not by GET$/);
  }
  for (const method of ["HEAD", "PUT", "DELETE"]) {
    const response = await rpc(new Request(GET + queryOf("{}"), { method }));
    assert.deepEqual([response?.status, response?.headers.get("allow")], [405, "POST, GET"]);
  }
});

test("what only reads is called by GET", async () => {
  const { get } = opened();
  for (const path of [
    "grpc.health.v1.Health/Check",
    "bentoml.grpc.v1.BentoService/ServiceMetadata",
  ]) {
    const response = await get(queryOf("{}"), {}, `http://test/${path}`);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("cache-control"), "private, no-cache");
    const etag = response.headers.get("etag") ?? "";
    const again = await get(queryOf("{}"), { "if-none-match": etag }, `http://test/${path}`);
    assert.equal(again.status, 304, path);
  }
});
