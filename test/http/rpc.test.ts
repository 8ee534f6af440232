import assert from "node:assert/strict";
import { test } from "node:test";
import type { HandlerContext } from "@connectrpc/connect";
import { httpApp as app } from "../../src/http/http-app.ts";
import { text } from "../../src/io/text.ts";
import { contextOf } from "../../src/rpc/handler-context.ts";
import { api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";
import { Greeter, type Hello } from "../rpc/greeter.ts";
import { samplesIn } from "../support/exposition.ts";

const upper = api({ input: text(), output: text() }, (line) => line.toUpperCase());

function call(path: string, message: unknown, headers: HeadersInit = {}): [string, RequestInit] {
  const body = JSON.stringify(message);
  const type = { "content-type": "application/json" };
  return [path, { method: "POST", body, headers: { ...type, ...headers } }];
}

const PATH = "/bentoml.grpc.v1.BentoService/Call";

test("app() answers calls beside its routes, and counts them by their APIs' names", async () => {
  const hono = app(service("called", { apis: { upper } }));
  const answered = await hono.request(...call(PATH, { apiName: "upper", text: "hello" }));
  assert.deepEqual(await answered.json(), { text: "HELLO" });
  const unknown = await hono.request(...call(PATH, { apiName: "none" }));
  assert.equal(unknown.status, 404);
  const rest = await hono.request("/upper", { method: "POST", body: "hello" });
  assert.equal(await rest.text(), "HELLO");
  const scraped = await (await hono.request("/metrics")).text();
  const totals = samplesIn(scraped, "bentoml_api_server_request_total");
  const labels = 'service_name="called",service_version="not available",http_response_code=';
  assert.deepEqual(totals, {
    [`bentoml_api_server_request_total{api_name="upper",${labels}"200"}`]: 1,
    [`bentoml_api_server_request_total{api_name="(unknown)",${labels}"404"}`]: 1,
    [`bentoml_api_server_request_total{endpoint="/upper",${labels}"200"}`]: 1,
  });
});

test("app() bounds the messages of calls like the bodies of requests", async () => {
  const hono = app(service("called", { apis: { upper } }), { maxBodyBytes: 100 });
  const answered = await hono.request(...call(PATH, { apiName: "upper", text: "x".repeat(200) }));
  const { code } = (await answered.json()) as { code: string };
  assert.equal(code, "resource_exhausted");
});

test("app() answers the user's own services, with the context of a call", async () => {
  const greeting = service("greeting", {
    apis: { upper },
    rpc: (router) =>
      router.service(Greeter, {
        greet: ({ name }: Hello, handler: HandlerContext) => ({
          name: `${name}, ${contextOf(handler).requestId}`,
        }),
      } as never), // its types are not generated
  });
  const request = call("/example.Greeter/Greet", { name: "Ada" }, { "x-request-id": "42" });
  const answered = await app(greeting).request(...request);
  assert.deepEqual(Object.values((await answered.json()) as Hello), ["Ada, 42"]);
});

test("app() answers calls of unknown methods in their own protocol", async () => {
  const hono = app(service("called", { apis: { upper } }));
  const words = "unknown method /example.Nobody/Say";
  for (const [type, more] of [
    ["application/proto", {}],
    ["application/connect+json", {}],
    ["application/json", { "connect-protocol-version": "1" }],
  ] as const) {
    const headers = { "content-type": type, ...more };
    const answered = await hono.request("/example.Nobody/Say", { method: "POST", headers });
    assert.equal(answered.status, 404, type);
    assert.deepEqual(await answered.json(), { code: "unimplemented", message: words });
    assert.ok(answered.headers.has("x-request-id"));
  }
  const headers = { "content-type": "application/grpc-web+proto" };
  const answered = await hono.request("/example.Nobody/Say", { method: "POST", headers });
  assert.deepEqual(
    [answered.status, answered.headers.get("grpc-status")],
    [200, "12"],
    "its status is in the headers",
  );
  assert.equal(decodeURIComponent(answered.headers.get("grpc-message") ?? ""), words);
  const plain = await hono.request("/example.Nobody/Say", { method: "POST", body: "{}" });
  assert.equal(((await plain.json()) as { code: string }).code, "not_found");
});

test("app() ends the connection of a call that is answered during a stop", async () => {
  const called = service("called", { apis: { upper } });
  const hono = app(called);
  const before = await hono.request(...call(PATH, { apiName: "upper", text: "a" }));
  assert.equal(before.headers.get("connection"), null);
  called.drain();
  const after = await hono.request(...call(PATH, { apiName: "upper", text: "a" }));
  assert.equal(after.headers.get("connection"), "close");
});
