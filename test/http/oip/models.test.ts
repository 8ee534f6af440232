/** What a server says of itself and of its models, over its own socket. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { fetch } from "../../support/fetch.ts";
import { silenced } from "../../support/silenced.ts";
import { MODELS, post, rowsOf, send, served } from "./served.ts";

test("the server has metadata, health and a list of models", async () => {
  using _ = silenced();
  await using server = await served();
  const { json, headers } = await send(`${server.url}/v2`);
  const { name, version, extensions } = json as Record<string, unknown>;
  assert.equal(name, "ekiben");
  assert.match(String(version), /^\d+\.\d+\.\d+/);
  assert.ok(Array.isArray(extensions) && extensions.includes("binary_tensor_data"));
  assert.equal(headers.get("content-type"), "application/json");
  const live = await send(`${server.url}/v2/health/live`);
  assert.deepEqual([live.status, live.json], [200, { live: true }]);
  const ready = await send(`${server.url}/v2/health/ready`);
  assert.deepEqual([ready.status, ready.json], [200, { ready: true, live: true }]);
  const models = await send(`${server.url}/v2/models`);
  assert.deepEqual(models.json, { models: Object.keys(MODELS) });
});

test("a model has metadata, a configuration and readiness, by version too", async () => {
  using _ = silenced();
  await using server = await served({ models: { forest: MODELS["forest"] ?? "" } });
  for (const path of ["/v2/models/forest", "/v2/models/forest/versions/1"]) {
    const { properties, ...rest } = (await send(server.url + path)).json as Record<string, unknown>;
    assert.deepEqual(rest, {
      name: "forest",
      versions: ["1"],
      platform: "onnxruntime_onnx",
      inputs: [{ name: "X", datatype: "FP32", shape: [-1, 4] }],
      outputs: [
        { name: "label", datatype: "BYTES", shape: [-1] },
        { name: "probabilities", datatype: "FP32", shape: [-1, 3] },
      ],
    });
    assert.equal(typeof properties, "object");
    const ready = await send(`${server.url}${path}/ready`);
    assert.deepEqual([ready.status, ready.json], [200, { name: "forest", ready: true }]);
    const config = (await send(`${server.url}${path}/config`)).json as Record<string, unknown>;
    assert.equal(config["name"], "forest");
    assert.deepEqual(config["input"], [{ name: "X", data_type: "TYPE_FP32", dims: [4] }]);
    assert.ok(Number(config["max_batch_size"]) > 0);
  }
});

test("a name in a path is decoded once", async () => {
  using _ = silenced();
  await using server = await served();
  const name = "ü/50% x";
  const found = await send(`${server.url}/v2/models/${encodeURIComponent(name)}`);
  assert.deepEqual([found.status, (found.json as { name: string }).name], [200, name]);
  const twice = encodeURIComponent(encodeURIComponent(name));
  assert.equal((await send(`${server.url}/v2/models/${twice}`)).status, 404);
  const malformed = await send(`${server.url}/v2/models/%ff/ready`);
  assert.equal(malformed.status, 400);
  assert.match(JSON.stringify(malformed.json), /"error":"The path has a name that is not UTF-8/);
});

test("unknown models, versions and paths are 404, in the protocol's form", async () => {
  using _ = silenced();
  await using server = await served();
  for (const path of [
    "/v2/models/nothing",
    "/v2/models/nothing/ready",
    "/v2/models/nothing/config",
    "/v2/models/nothing/stats",
    "/v2/models/gather/versions/7",
    "/v2/models/gather/versions/7/ready",
    "/v2/models/",
    "/v2/",
    "/v2/models/gather/",
    "/v2/health",
    "/v2/health/ready/",
    "/v2/models/constructor",
    "/v2/models/__proto__/config",
  ]) {
    const { status, json, headers } = await send(server.url + path);
    assert.equal(status, 404, path);
    assert.deepEqual(Object.keys(json as object), ["error"], path);
    assert.equal(headers.get("content-type"), "application/json");
    assert.notEqual(headers.get("x-request-id"), null);
  }
  for (const path of ["/v2/models/nothing/infer", "/v2/models/gather/versions/7/infer"]) {
    const { status, json } = await post(server.url + path, rowsOf(1));
    assert.deepEqual([status, Object.keys(json as object)], [404, ["error"]], path);
  }
  const { json } = await send(`${server.url}/v2/models/nothing/infer/x`);
  assert.match(JSON.stringify(json), /\/v2\/models\/<name>.*gather, fp16/);
});

test("what the server does not have is 501, and not advertised", async () => {
  using _ = silenced();
  await using server = await served();
  const { extensions } = (await send(`${server.url}/v2`)).json as { extensions: string[] };
  for (const each of ["trace", "logging", "system_shared_memory", "cuda_shared_memory", "sequence"])
    assert.equal(extensions.includes(each), false, each);
  for (const [path, method] of [
    ["/v2/logging", "GET"],
    ["/v2/logging", "POST"],
    ["/v2/trace/setting", "POST"],
    ["/v2/systemsharedmemory/status", "GET"],
    ["/v2/cudasharedmemory/region/a/register", "POST"],
    ["/v2/models/gather/generate", "POST"],
  ] as const) {
    const { status, json } = await send(server.url + path, { method });
    assert.deepEqual([status, Object.keys(json as object)], [501, ["error"]], path);
  }
});

test("a route refuses other methods, and names its own", async () => {
  using _ = silenced();
  await using server = await served();
  for (const [path, allow] of [
    ["/v2", "GET, HEAD"],
    ["/v2/health/live", "GET, HEAD"],
    ["/v2/health/ready", "GET, HEAD"],
    ["/v2/models", "GET, HEAD"],
    ["/v2/models/gather", "GET, HEAD"],
    ["/v2/models/stats", "GET, HEAD"],
    ["/v2/models/gather/infer", "POST"],
    ["/v2/models/nothing/infer", "POST"],
    ["/v2/repository/index", "POST"],
    ["/v2/repository/models/gather/load", "POST"],
  ] as const) {
    const isPost = allow === "POST";
    for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH", isPost ? "GET" : "POST"]) {
      const { status, headers, json } = await send(server.url + path, {
        method,
        ...(method === "POST" ? { body: "{}" } : {}),
      });
      assert.deepEqual([status, headers.get("allow")], [405, allow], `${method} ${path}`);
      assert.deepEqual(Object.keys(json as object), ["error"]);
    }
  }
});

test("HEAD is answered as GET, without the body", async () => {
  using _ = silenced();
  await using server = await served();
  for (const path of [
    "/v2",
    "/v2/models",
    "/v2/models/gather",
    "/v2/health/ready",
    "/v2/nothing",
  ]) {
    const got = await fetch(server.url + path);
    const { length } = await got.bytes();
    const head = await fetch(server.url + path, { method: "HEAD" });
    assert.equal(head.status, got.status, path);
    assert.equal(head.headers.get("content-length"), String(length), path);
    assert.equal((await head.bytes()).length, 0);
  }
});

test("the statistics count what a model has done", async () => {
  using _ = silenced();
  await using server = await served();
  await post(`${server.url}/v2/models/gather/infer`, rowsOf(1, 2, 3));
  for (const path of ["/v2/models/gather/stats", "/v2/models/gather/versions/1/stats"]) {
    const { model_stats } = (await send(server.url + path)).json as {
      readonly model_stats: readonly Record<string, unknown>[];
    };
    const [stats = {}] = model_stats;
    assert.deepEqual(
      [stats["name"], stats["version"], stats["inference_count"], stats["execution_count"]],
      ["gather", "1", 3, 1],
    );
    const { success } = stats["inference_stats"] as Record<string, { count: number; ns: number }>;
    assert.equal(success?.count, 1);
    assert.ok((success?.ns ?? 0) > 0);
    const [batch] = stats["batch_stats"] as readonly { readonly batch_size: number }[];
    assert.equal(batch?.batch_size, 3);
  }
  const all = (await send(`${server.url}/v2/models/stats`)).json as { model_stats: unknown[] };
  assert.equal(all.model_stats.length, Object.keys(MODELS).length);
});

test("a service without models has no /v2", async () => {
  using _ = silenced();
  const apis = { upper: api({ input: text(), output: text() }, (value) => value) };
  const where = { port: 0, host: "127.0.0.1", grpcPort: false, signals: false } as const;
  await using server = await serve(service("bare", { models: false, apis }), where);
  for (const path of ["/v2", "/v2/health/live", "/v2/models"]) {
    const { status, json } = await send(server.url + path);
    assert.deepEqual([status, (json as { code: string }).code], [404, "not_found"], path);
  }
});
