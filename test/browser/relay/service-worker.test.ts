import assert from "node:assert/strict";
import { test } from "node:test";
import { api, service, text } from "ekiben";
import { runServiceWorker } from "ekiben/service-worker";
import { openServiceOn } from "../../../src/browser/open-service.ts";
import { fakeCaches, type HostFiles, startServiceWorker } from "./fake-scope.ts";

const greeter = service("greeter", {
  apis: { greet: api({ input: text(), output: text() }, (name) => `Hello, ${name}`) },
});

const host = (): HostFiles =>
  new Map([
    ["/sub/", ["text/html", "<h1>page</h1>"]],
    ["/sub/page.js", ["text/javascript", "1"]],
    ["/sub/rare.wasm", ["application/wasm", "2"]],
  ]);

const assets = { version: "v1", files: ["./", "page.js"], lazy: ["rare.wasm"] };

test("runServiceWorker() checks its options, and where it is called", () => {
  assert.throws(() => runServiceWorker({ paths: [] }), /this is no script of a Service Worker/);
  const wrong = [
    [{}, /needs "inline" or "paths"/],
    [{ paths: [], asets: assets }, /"asets".*"assets"/],
    [{ paths: [], waitMs: 0 }, /"waitMs" must be a whole number from 1 up/],
  ] as const;
  for (const [options, message] of wrong) {
    assert.throws(() => startServiceWorker(host(), options as object), message);
  }
});

test("runServiceWorker() answers the paths of its service, and leaves others", async () => {
  await using inline = openServiceOn(greeter, {}, {});
  const worker = startServiceWorker(host(), { inline });
  const post = { method: "POST", body: "Ada" };
  assert.equal(await (await worker.fetch("greet", post))?.text(), "Hello, Ada");
  assert.equal((await worker.fetch("metrics", { navigates: true }))?.status, 200);
  const left = ["./", "other", "page.js", "http://localhost/greet", "http://example.com/sub/greet"];
  for (const path of left) assert.equal(worker.fetch(path, post), undefined, path);
  const direct = { ...post, headers: { "x-ekiben-direct": "1" } };
  assert.equal(worker.fetch("greet", direct), undefined, "a call of openService() to a server");
});

test("runServiceWorker() serves its assets from the cache", async () => {
  const files = host();
  const worker = startServiceWorker(files, { paths: ["/greet"], assets });
  await worker.send("install");
  assert.deepEqual(worker.requests.sort(), ["/sub/", "/sub/page.js"]);
  files.clear();
  const textOf = async (path: string, navigates = false): Promise<string | undefined> =>
    await (await worker.fetch(path, { navigates }))?.text();
  assert.equal(await textOf("./?a=1", true), "<h1>page</h1>");
  assert.equal(await textOf("page.js"), "1");
  const own = await worker.scope.fetch("http://localhost/sub/page.js");
  assert.equal(await own.text(), "1", "its own requests, too");
  files.set("/sub/rare.wasm", ["application/wasm", "2"]);
  assert.equal(await textOf("rare.wasm"), "2");
  files.clear();
  assert.equal(await textOf("rare.wasm"), "2", "it was cached when it was used first");
});

test("runServiceWorker() keeps one version of its assets", async () => {
  const caches = fakeCaches();
  await startServiceWorker(host(), { paths: [], assets }, caches).send("install");
  const next = startServiceWorker(
    host(),
    { paths: [], assets: { ...assets, version: "v2" } },
    caches,
  );
  await next.send("install");
  assert.equal((await next.cacheNames()).length, 2, "the pages of v1 still need theirs");
  await next.send("activate");
  assert.deepEqual(await next.cacheNames(), ["ekiben http://localhost/sub/ v2"]);
});

test("runServiceWorker() cannot be installed without all of its assets", async () => {
  const wrong = [
    [["/sub/page.js", undefined], /\/sub\/page\.js was answered with status 404/],
    [["/sub/page.js", ["text/html", "<h1>"]], /\/sub\/page\.js was answered with HTML: the host/],
  ] as const;
  for (const [[path, content], message] of wrong) {
    const files = host();
    if (content === undefined) files.delete(path);
    else files.set(path, content);
    const worker = startServiceWorker(files, { paths: [], assets });
    await assert.rejects(worker.send("install"), message);
    assert.deepEqual(await worker.cacheNames(), []);
  }
});
