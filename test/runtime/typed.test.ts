/** The typed rpcs of a service through each runtime's own server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { MiddlewareHandler } from "hono";
import { api, endpointOf, service, text } from "../../src/index.ts";
import { descriptorOf, protoFile } from "../../src/proto/index.ts";
import { serve } from "../../src/serve.ts";
import { echo } from "../proto/strange.ts";
import { fetch } from "../support/fetch.ts";
import { GrpcClient } from "./http2/grpc-client.ts";

const port = { port: 0, grpcPort: 0, metrics: { enabled: false } } as const;

test("typed rpcs: gRPC and Connect, from the first call on", async () => {
  await using server = await serve(echo, port);
  const [typed] = descriptorOf(protoFile(echo)).services;
  const [method, stream] = ["text", "countUp"].map((name) =>
    typed?.methods.find(({ localName }) => localName === name),
  );
  assert.ok(typed && method && stream);
  const client = new GrpcClient(`127.0.0.1:${server.grpcPort}`);
  const request = Buffer.from(toBinary(method.input, create(method.input, { text: "a" })));
  // A timeout of one kind or the other: both paths.
  const calls = Array.from({ length: 4 }, () => client.call(`/${typed.typeName}/Text`, [request]));
  for (const { code, details, messages } of await Promise.all(calls)) {
    assert.equal(code, 0, details);
    const made = fromBinary(method.output, messages[0] ?? Buffer.of()) as Message & {
      text: string;
    };
    assert.equal(made.text, "a");
  }
  const missing = await client.call(`/${typed.typeName}/Text`, [Buffer.of()]);
  assert.deepEqual([missing.code, missing.details], [3, 'The field "text" is not set']);
  const malformed = await client.call(`/${typed.typeName}/Text`, [Buffer.of(0xff)]);
  assert.equal(malformed.code, 3);
  const unknown = await client.call(`/${typed.typeName}/None`, [request]);
  assert.equal(unknown.code, 12);
  const to = Buffer.from(toBinary(stream.input, create(stream.input, { to: 2 })));
  const counted = await client.call(`/${typed.typeName}/CountUp`, [to]);
  assert.equal(counted.messages.length, 2);
  const url = `${server.url}/${typed.typeName}/Text`;
  const json = { method: "POST", headers: { "content-type": "application/json" } };
  const answer = await fetch(url, { ...json, body: '{"text":"b"}' });
  assert.deepEqual(await answer.json(), { text: "b" });
  client.close();
});

test("typed rpcs: middleware runs before them, and gets the name of the API", async () => {
  const seen: string[] = [];
  const guard: MiddlewareHandler = async (context, next) => {
    seen.push(await endpointOf(context));
    if (context.req.header("x-key") !== "1") return context.text("no key", 401);
    return await next();
  };
  const apis = { upper: api({ input: text(), output: text() }, (given) => given.toUpperCase()) };
  await using server = await serve(service("guarded", { apis, use: [guard] }), port);
  const path = "/ekiben.guarded.v1.GuardedService/Upper";
  const post = (headers: Readonly<Record<string, string>>) =>
    fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: '{"text":"a"}',
    });
  assert.equal((await post({})).status, 401);
  assert.deepEqual(await (await post({ "x-key": "1" })).json(), { text: "A" });
  const client = new GrpcClient(`127.0.0.1:${server.grpcPort}`);
  const request = Buffer.from("\n\u0001a");
  assert.equal((await client.call(path, [request])).code, 16);
  assert.equal((await client.call(path, [request], { "x-key": "1" })).code, 0);
  client.close();
  assert.deepEqual(seen, ["upper", "upper", "upper", "upper"]);
});
