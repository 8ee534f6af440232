/** Cached APIs and models on a server's own port: their headers, and what is computed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, json, runner, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import type { MiddlewareHandler } from "hono";
import { OneModel } from "../../src/repository/one-model.ts";
import { Repository } from "../../src/repository/repository.ts";
import { modelUrl } from "../onnx/models/index.ts";
import hashed from "../runner/fixtures/hashed.ts";
import { linesOf } from "../support/exposition.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

const [a, b] = ["a".repeat(64), "b".repeat(64)];

async function served(use: MiddlewareHandler[] = []) {
  const log = silenced();
  const started = new Int32Array(new SharedArrayBuffer(4));
  const params = { digests: [[a], [b]], started };
  const words = runner(hashed, { name: "words", workers: 1, params });
  const batchingOf = () => ({ choice: "off", overridesOff: false }) as const;
  const settings = { cache: { maxBytes: 1 << 20 } };
  const models = new Repository({
    catalog: new OneModel("gather", modelUrl("gather"), settings),
    batchingOf,
  });
  let runs = 0;
  let release = Promise.resolve();
  const io = { input: text(), output: json<{ text: string; run: number }>() };
  const tested = service("cached", {
    runners: [words],
    models,
    use,
    apis: {
      own: api({ ...io, cache: true }, async (given, context) => {
        runs += 1;
        const run = runs;
        await release;
        await words.embed([1], context);
        return { text: given, run };
      }),
      shared: api({ ...io, cache: { shared: true, maxAgeMs: 60_000 } }, (given) => ({
        text: given,
        run: ++runs,
      })),
      plain: api(io, (given) => ({ text: given, run: ++runs })),
    },
  });
  const where = { host: "127.0.0.1", port: 0, grpcPort: false, signals: false } as const;
  const server = await serve(tested, where);
  const post = (
    path: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ) =>
    fetch(`${server.url}/${path}`, {
      method: "POST",
      body,
      headers: { "content-type": "text/plain", ...headers },
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    post,
    words,
    registry: tested.metrics,
    runs: () => runs,
    hold(until: Promise<void>) {
      release = until;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      log[Symbol.dispose]();
    },
  };
}

test("a cached API answers again without its handler, with a tag and its model", async () => {
  await using fixture = await served();
  const { post } = fixture;
  const first = await post("own", "x");
  assert.deepEqual(await first.json(), { text: "x", run: 1 });
  const again = await post("own", "x");
  assert.deepEqual(await again.json(), { text: "x", run: 1 });
  for (const name of ["etag", "ekiben-model", "cache-control", "vary"]) {
    assert.equal(first.headers.get(name), again.headers.get(name), name);
  }
  assert.equal(again.headers.get("ekiben-model"), `words@sha256:${a}`);
  assert.equal(again.headers.get("cache-control"), "private, no-cache");
  assert.match(again.headers.get("vary") ?? "", /if-model.*authorization.*cookie/);
  const etag = again.headers.get("etag") ?? "";
  assert.match(etag, /^W\/"[0-9a-f]{32}"$/);
  const other = await post("own", "y");
  assert.deepEqual(await other.json(), { text: "y", run: 2 });
  assert.notEqual(other.headers.get("etag"), etag);
});

test("a caller that has the answer of a cached API gets 304 without a body", async () => {
  await using fixture = await served();
  const { post } = fixture;
  const etag = (await post("own", "x")).headers.get("etag") ?? "";
  for (const given of [etag, etag.slice(2), `"other", ${etag}`, "*"]) {
    const response = await post("own", "x", { "if-none-match": given });
    assert.deepEqual([response.status, await response.text()], [304, ""], given);
    assert.equal(response.headers.get("etag"), etag);
    assert.equal(response.headers.get("content-type"), null);
    assert.equal(response.headers.get("ekiben-model"), `words@sha256:${a}`);
  }
  for (const given of ['"other"', "", "nonsense"]) {
    assert.equal((await post("own", "x", { "if-none-match": given })).status, 200, given);
  }
  assert.equal((await post("own", "y", { "if-none-match": etag })).status, 200);
  const plain = await post("plain", "x", { "if-none-match": "*" });
  assert.deepEqual([plain.status, plain.headers.get("etag")], [200, null]);
});

test("nothing of one caller becomes public", async () => {
  await using open = await served();
  const control = async (fixture: typeof open, headers = {}): Promise<string | null> =>
    (await fixture.post("shared", "x", headers)).headers.get("cache-control");
  assert.match((await control(open)) ?? "", /^public, max-age=(59|60)$/);
  for (const headers of [{ authorization: "Bearer x" }, { cookie: "a=b" }, { "x-api-key": "k" }]) {
    assert.match((await control(open, headers)) ?? "", /^private, max-age=/);
  }
  const pass: MiddlewareHandler = async (_, next) => await next();
  await using guarded = await served([pass]);
  assert.match((await control(guarded)) ?? "", /^private, max-age=/);
  // Callers have answers of their own.
  const runs = await Promise.all(
    ["a", "b", "a"].map(async (key) => {
      const response = await open.post("own", "z", { "x-api-key": key });
      return ((await response.json()) as { run: number }).run;
    }),
  );
  assert.equal(runs[0], runs[2]);
  assert.notEqual(runs[0], runs[1]);
});

test("requests for the same input at a time run a cached API once, whoever leaves", async () => {
  await using fixture = await served();
  const { post } = fixture;
  const gate = Promise.withResolvers<void>();
  fixture.hold(gate.promise);
  const leaving = new AbortController();
  const leader = post("own", "x", {}, leaving.signal);
  await until(() => fixture.runs() === 1);
  const followers = Array.from({ length: 5 }, () => post("own", "x"));
  const late = post("own", "x", { "request-timeout": "0.2" });
  await until(async () => (await late).status === 504);
  leaving.abort();
  await assert.rejects(leader);
  gate.resolve();
  for (const each of followers) {
    const response = await each;
    assert.deepEqual([response.status, await response.json()], [200, { text: "x", run: 1 }]);
    assert.equal(response.headers.get("ekiben-model"), `words@sha256:${a}`);
  }
  assert.equal(fixture.runs(), 1);
});

test("a cached answer is not given to a caller that does not accept its model", async () => {
  await using fixture = await served();
  const { post, words } = fixture;
  assert.equal((await post("own", "x")).status, 200);
  assert.equal((await post("own", "x", { "if-model": `sha256:${a}` })).status, 200);
  assert.equal((await post("own", "x", { "if-model": `sha256:${b}` })).status, 412);
  await assert.rejects(words.fail(undefined));
  await until(() => words.stats().ready === 1);
  // Another model runs now, and the kept answer is of the old one.
  const now = await post("own", "x", { "if-model": `sha256:${b}` });
  assert.equal(now.headers.get("ekiben-model"), `words@sha256:${b}`);
  assert.equal((await post("own", "x", { "if-model": `sha256:${a}` })).status, 412);
});

test("a cached model answers inferences again without its workers", async () => {
  await using fixture = await served();
  const infer = async (id: string, rows: readonly number[], headers = {}) => {
    const inputs = [{ name: "i", shape: [rows.length], datatype: "INT64", data: rows }];
    const path = "v2/models/gather/infer";
    const response = await fixture.post(path, JSON.stringify({ id, inputs }), headers);
    const body = await response.text();
    return { response, json: body === "" ? undefined : (JSON.parse(body) as { id: string }) };
  };
  const first = await infer("1", [1, 0]);
  const again = await infer("2", [1, 0]);
  assert.deepEqual({ ...again.json, id: "1" }, first.json);
  assert.match(first.response.headers.get("ekiben-model") ?? "", /^gather@sha256:[0-9a-f]{64}$/);
  const etag = again.response.headers.get("etag") ?? "";
  assert.notEqual(first.response.headers.get("etag"), etag, "the answers have ids");
  const known = await infer("2", [1, 0], { "if-none-match": etag });
  assert.deepEqual([known.response.status, known.json], [304, undefined]);
  await infer("3", [0, 1]);
  const wrong = await infer("4", [1, 0], { "if-model": `sha256:${a}` });
  assert.equal(wrong.response.status, 412);
  const statistics = await fetch(
    new URL("v2/models/gather/stats", (await fixture.post("plain", "x")).url),
  );
  const { model_stats } = (await statistics.json()) as {
    readonly model_stats: readonly {
      readonly execution_count: number;
      readonly inference_stats: Readonly<Record<string, { readonly count: number }>>;
    }[];
  };
  const { execution_count, inference_stats } = model_stats[0] ?? {};
  assert.deepEqual(
    [
      execution_count,
      inference_stats?.["cache_hit"]?.count,
      inference_stats?.["cache_miss"]?.count,
      inference_stats?.["success"]?.count,
    ],
    [2, 2, 2, 4],
  );
  const lines = await linesOf(fixture.registry, "ekiben_cache_hits_total");
  const labels = 'kind="model",name="gather",version="1"';
  assert.equal(lines[`ekiben_cache_hits_total{${labels}}`], 2);
});
