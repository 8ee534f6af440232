import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hono } from "hono";
import { ByteBudget } from "../../src/byte-budget.ts";
import { httpApp as app } from "../../src/http/http-app.ts";
import { checksLength, ServerEnv } from "../../src/http/server-env.ts";
import { json } from "../../src/io/json/json.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

const BODY = "x".repeat(100_000);

/** A service whose calls can be held, with room for two and a half bodies. */
function open() {
  const budget = new ByteBudget(250_000);
  const clock = new FakeClock();
  const held = Promise.withResolvers<string>();
  const input = text();
  const output = text();
  const definition = service("held", {
    apis: {
      echo: api({ input, output: json<number>() }, (value) => value.length),
      hold: api({ input, output }, () => held.promise),
      crash: api({ input, output }, () => {
        throw new Error("crashed");
      }),
      lie: api({ input, output: json<number>() }, () => Number.NaN),
      count: api({ input: json(), output: json<number>() }, () => 1),
      pieces: api({ input, output }, async function* () {
        yield "a";
        yield "b";
      }),
      broken: api({ input, output }, async function* () {
        yield "a";
        throw new Error("broken");
      }),
    },
  });
  const hono = app(definition, { budget, clock, timeoutMs: 1000 });
  return { budget, clock, hono, release: () => held.resolve("released") };
}

function post(hono: Hono, path: string, init: RequestInit = {}): Promise<Response> {
  return Promise.resolve(hono.request(path, { method: "POST", body: BODY, ...init }));
}

const ENDS: readonly [path: string, status: number][] = [
  ["/echo", 200],
  ["/crash", 500],
  ["/lie", 500],
  ["/count", 400], // not JSON
  ["/pieces", 200],
];

for (const [path, status] of ENDS) {
  test(`A body counts towards the budget until ${path} is answered`, async () => {
    using _ = silenced();
    const { hono, budget } = open();
    const response = await post(hono, path);
    assert.equal(response.status, status);
    await response.text();
    assert.equal(budget.heldBytes, 0);
  });
}

test("A body is released when the stream that answers it fails, or is not read", async () => {
  using _ = silenced();
  const { hono, budget } = open();
  await assert.rejects((await post(hono, "/broken")).text());
  assert.equal(budget.heldBytes, 0);
  const left = await post(hono, "/pieces");
  assert.equal(budget.heldBytes, BODY.length);
  await left.body?.cancel();
  assert.equal(budget.heldBytes, 0);
});

test("A body is released at its time limit, and when its caller disconnects", async () => {
  using _ = silenced();
  const { hono, budget, clock } = open();
  const late = post(hono, "/hold");
  await until(() => budget.heldBytes === BODY.length);
  clock.advance(1000);
  assert.equal((await late).status, 504);
  assert.equal(budget.heldBytes, 0);
  const caller = new AbortController();
  const request = { method: "POST", body: BODY, signal: caller.signal };
  const left = hono.fetch(new Request("http://localhost/hold", request));
  await until(() => budget.heldBytes === BODY.length);
  caller.abort();
  assert.equal((await left).status, 499);
  assert.equal(budget.heldBytes, 0);
});

/** A body that comes in pieces, as far as it is let. */
function dripped(pieces: number) {
  const go = Promise.withResolvers<void>();
  const piece = new Uint8Array(10_000).fill(120);
  let sent = 0;
  const body = new ReadableStream({
    async pull(controller) {
      if (sent === pieces) await go.promise;
      if (sent > pieces) return controller.close();
      controller.enqueue(piece);
      sent += 1;
    },
  });
  return { init: { body, duplex: "half" } as RequestInit, go: () => go.resolve() };
}

test("Bodies count by the bytes received, and hold no more than the budget together", async () => {
  const { hono, budget, release } = open();
  const first = post(hono, "/hold");
  const slow = dripped(5);
  const second = post(hono, "/echo", slow.init);
  await until(() => budget.heldBytes === 150_000);
  const third = post(hono, "/hold");
  await until(() => budget.heldBytes === 250_000);
  const refused = await post(hono, "/echo", { body: "a" });
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  assert.equal(((await refused.json()) as { code: string }).code, "unavailable");
  // The one that is still coming has no room either.
  slow.go();
  assert.equal((await second).status, 503);
  release();
  assert.deepEqual([(await first).status, (await third).status], [200, 200]);
  assert.equal(budget.heldBytes, 0);
  assert.equal((await post(hono, "/echo")).status, 200);
});

test("A body that stalls counts by the bytes received, until its time limit", async () => {
  const { hono, budget, clock } = open();
  const response = post(hono, "/echo", dripped(5).init);
  await until(() => budget.heldBytes === 50_000);
  clock.advance(1000);
  assert.equal((await response).status, 504);
  assert.equal(budget.heldBytes, 0);
});

/** A body that never ends, and how much of it was asked for. */
function endless() {
  const seen = { pulled: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.pulled += 1000;
        controller.enqueue(new Uint8Array(1000));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

for (const [path, type, status] of [
  ["/echo", "text/plain", 413],
  ["/bentoml.grpc.v1.BentoService/Call", "application/proto", 429],
] as const) {
  test(`The length that a request to ${path} declares is no bound of its body`, async () => {
    const maxBodyBytes = 50_000;
    const input = text();
    const definition = service("bounded", {
      apis: { echo: api({ input, output: text() }, (value) => value) },
    });
    const hono = app(definition, { maxBodyBytes });
    const { body, seen } = endless();
    const headers = { "content-length": "10", "content-type": type };
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    const response = await hono.request(path, init);
    assert.equal(response.status, status);
    // The rest is discarded, within a bound of its own.
    assert.ok(seen.pulled <= 70_000_000, `${seen.pulled} bytes were read`);
  });
}

test("checksLength() recognises the servers that end a body at its length", () => {
  for (const [env, expected] of [
    [undefined, false],
    [{}, false],
    [{ incoming: { httpVersionMajor: 2 } }, false],
    [{ incoming: { httpVersionMajor: 1 } }, true],
    [{ requestIP: () => null }, true],
    [{ remoteAddr: {}, completed: Promise.resolve() }, true],
    [new ServerEnv(true, () => undefined), true],
    [new ServerEnv(false, () => undefined), false],
  ] as const) {
    assert.equal(checksLength(env), expected);
  }
});

for (const reason of [new Error("reset"), undefined, "a text"]) {
  test(`app() refuses a body that broke off (${reason})`, async () => {
    const { hono } = open();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(reason),
    });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    const response = await hono.request("/echo", init);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /"The body could not be read to its end: /);
  });
}
