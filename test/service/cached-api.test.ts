import assert from "node:assert/strict";
import { test } from "node:test";
import { metrics } from "../../src/metrics/registry.ts";
import type { ApiCacheOptions } from "../../src/service/cache-options.ts";
import { CachedApi } from "../../src/service/cached-api.ts";
import type { Context } from "../../src/service/context.ts";
import { linesOf } from "../support/exposition.ts";
import { FakeClock } from "../support/fake-clock.ts";

interface Given {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly caller?: string;
}

function contextOf({ headers = {}, query = "", caller }: Given = {}): Context {
  return {
    requestId: "r",
    headers: new Headers(headers),
    query: new URLSearchParams(query),
    signal: new AbortController().signal,
    deadlineAt: Number.POSITIVE_INFINITY,
    lane: "interactive",
    caller,
    response: { status: 200, headers: new Headers(), trailers: new Headers() },
    get: () => undefined,
  };
}

function open(options: ApiCacheOptions = {}) {
  const clock = new FakeClock();
  const registry = metrics({ processMetrics: false });
  const cache = new CachedApi("embed", options, registry, clock);
  let runs = 0;
  const call = (input: unknown, given: Given = {}): Promise<unknown> =>
    cache.answer(input, contextOf(given), () => ({ run: ++runs }));
  return { cache, clock, call, registry, runs: () => runs };
}

const runOf = async (answer: Promise<unknown>): Promise<unknown> =>
  ((await answer) as { readonly run: number }).run;

test("CachedApi computes an input once, until it is too old", async () => {
  const { call, clock, registry } = open({ maxAgeMs: 1000 });
  assert.equal(await runOf(call("a")), 1);
  assert.equal(await runOf(call("a")), 1);
  assert.equal(await runOf(call("b")), 2);
  clock.advance(1000);
  assert.equal(await runOf(call("a")), 3);
  const lines = await linesOf(registry, "ekiben_cache_");
  const counts = Object.entries(lines).map(([line, count]) => [line.replace(/\{.*/, ""), count]);
  assert.partialDeepStrictEqual(Object.fromEntries(counts), {
    ekiben_cache_hits_total: 1,
    ekiben_cache_misses_total: 3,
    ekiben_cache_shared_total: 0,
    ekiben_cache_entries: 2,
  });
});

for (const [name, one, other] of [
  ["authorization", { headers: { authorization: "a" } }, { headers: { authorization: "b" } }],
  ["x-api-key", { headers: { "x-api-key": "a" } }, {}],
  ["cookie", { headers: { cookie: "user=a" } }, { headers: { cookie: "user=b" } }],
  ["callerOf", { caller: "a" }, { caller: "b" }],
] as const) {
  test(`CachedApi gives no caller the answer of another, by ${name}`, async () => {
    const own = open();
    assert.equal(await runOf(own.call("x", one)), 1);
    assert.equal(await runOf(own.call("x", other)), 2);
    assert.equal(await runOf(own.call("x", one)), 1);
    const shared = open({ shared: true });
    assert.equal(await runOf(shared.call("x", one)), 1);
    assert.equal(await runOf(shared.call("x", other)), 1);
  });
}

test("CachedApi tells queries apart, and the headers that the answer depends on", async () => {
  const { call } = open({ shared: true, vary: ["Accept-Language"] });
  assert.equal(await runOf(call("x", { query: "n=1" })), 1);
  assert.equal(await runOf(call("x", { query: "n=2" })), 2);
  assert.equal(await runOf(call("x", { headers: { "accept-language": "de" } })), 3);
  assert.equal(await runOf(call("x", { headers: { "accept-language": "en" } })), 4);
  assert.equal(await runOf(call("x", { headers: { "accept-language": "de" } })), 3);
});

test("CachedApi repeats the status, the headers and the trailers of an answer", async () => {
  const { cache } = open();
  const answer = async (): Promise<Context["response"]> => {
    const context = contextOf();
    await cache.answer("x", context, ({ response }) => {
      response.status = 201;
      response.headers.append("x-made", "1");
      response.headers.append("x-made", "2");
      response.trailers.set("x-end", "3");
      return "made";
    });
    return context.response;
  };
  await answer();
  const { status, headers, trailers } = await answer();
  assert.deepEqual([status, headers.get("x-made"), trailers.get("x-end")], [201, "1, 2", "3"]);
});

for (const [name, set] of [
  ["with a cookie", ({ response }: Context) => response.headers.set("set-cookie", "a=b")],
  ["with no-store", ({ response }: Context) => response.headers.set("cache-control", "no-store")],
  [
    "with an error status",
    ({ response }: Context) => {
      response.status = 404;
    },
  ],
] as const) {
  test(`CachedApi does not keep an answer ${name}`, async () => {
    const { cache } = open();
    let runs = 0;
    const answer = () =>
      cache.answer("x", contextOf(), (context) => {
        set(context);
        return ++runs;
      });
    await answer();
    assert.equal(await answer(), 2);
  });
}

test("CachedApi keeps no stream and no error", async () => {
  const { cache } = open();
  let runs = 0;
  const stream = () =>
    cache.answer("x", contextOf(), async function* () {
      yield ++runs;
    });
  for (const expected of [1, 2]) {
    const items = (await stream()) as AsyncIterable<number>;
    for await (const item of items) assert.equal(item, expected);
  }
  const failing = () =>
    cache.answer("y", contextOf(), () => {
      throw new TypeError(`run ${++runs}`);
    });
  await assert.rejects(failing(), { message: "run 3" });
  await assert.rejects(failing(), { message: "run 4" });
});

test("CachedApi forgets an answer whose model has been replaced", async () => {
  const { cache } = open();
  let current = "sha256:1";
  const answer = () =>
    cache.answer("x", contextOf(), (context) => {
      const digest = current;
      context.onModel?.({ name: "m", digest, isCurrent: () => current === digest });
      return digest;
    });
  assert.equal(await answer(), "sha256:1");
  assert.equal(await answer(), "sha256:1");
  current = "sha256:2";
  assert.equal(await answer(), "sha256:2");
});

test("CachedApi answers an input that it cannot compare by its handler", async () => {
  const { call } = open();
  assert.equal(await runOf(call(new Map())), 1);
  assert.equal(await runOf(call(new Map())), 2);
});
