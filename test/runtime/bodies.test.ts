/** Bodies through each runtime's own server: how they are held. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { api, json, ndarray, service, text } from "ekiben";
import { ByteBudget } from "../../src/byte-budget.ts";
import { serveWith } from "../../src/runtime/serve.ts";
import type { ServeInternals, ServeOptions } from "../../src/runtime/serve-options.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

function opened({ budget, ...options }: ServeOptions & Pick<ServeInternals, "budget"> = {}) {
  const held = Promise.withResolvers<string>();
  const definition = service("bodies", {
    apis: {
      size: api({ input: text(), output: json<number>() }, (value) => value.length),
      hold: api({ input: text(), output: text() }, () => held.promise),
      echo: api({ input: ndarray(), output: ndarray() }, (x) => x),
    },
  });
  const where = { port: 0, host: "127.0.0.1", signals: false } as const;
  return {
    serving: serveWith(
      definition,
      { ...where, ...options },
      budget === undefined ? {} : { budget },
    ),
    release: () => held.resolve("a"),
  };
}

/** A budget that knows the most bytes that were held. */
class MeasuredBudget extends ByteBudget {
  mostBytes = 0;

  override add(bytes: number, refuse: (message: string) => Error): void {
    super.add(bytes, refuse);
    this.mostBytes = Math.max(this.mostBytes, this.heldBytes);
  }
}

test("serve() counts the decompressed size of bodies, over every protocol", async () => {
  using _ = silenced();
  const budget = new ByteBudget(1_000_000);
  const { serving, release } = opened({ budget });
  await using server = await serving;
  const send = (path: string, length: number, encoding = "gzip"): Promise<Response> =>
    fetch(`${server.url}/${path}`, {
      method: "POST",
      body: gzipSync("x".repeat(length)) as BodyInit,
      headers: { "content-encoding": encoding },
    });
  const holding = send("hold", 900_000);
  await until(() => budget.heldBytes === 900_000);
  const refused = await send("size", 200_000);
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  const call = (length: number): Promise<Response> =>
    fetch(`${server.url}/bentoml.grpc.v1.BentoService/Call`, {
      method: "POST",
      body: gzipSync(JSON.stringify({ apiName: "size", text: "x".repeat(length) })) as BodyInit,
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
    });
  const called = await call(200_000);
  assert.deepEqual([called.status, called.headers.get("retry-after")], [429, "1"]);
  assert.match(await called.text(), /resource_exhausted.*Requests hold all of the 1000000 bytes/);
  assert.equal((await call(1000)).status, 200);
  release();
  assert.equal((await holding).status, 200);
  assert.equal((await call(200_000)).status, 200);
  await until(() => budget.heldBytes === 0);
});

test("serve() releases the memory of a caller that disconnects while sending", async () => {
  using _ = silenced();
  const budget = new ByteBudget(1_000_000);
  await using server = await opened({ budget }).serving;
  const caller = new AbortController();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(200_000)),
  });
  const init = { method: "POST", body, duplex: "half", signal: caller.signal } as RequestInit;
  const sending = fetch(`${server.url}/size`, init).catch(() => undefined);
  await until(() => budget.heldBytes === 200_000);
  caller.abort();
  await sending;
  await until(() => budget.heldBytes === 0);
});

test("serve() releases the memory of a body that did not arrive in time", async () => {
  using _ = silenced();
  const budget = new MeasuredBudget(1_000_000);
  await using server = await opened({ budget, timeoutMs: 500 }).serving;
  // Again if the time was over before anything had arrived.
  await until(async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(900_000)),
    });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    // The answer comes before the end of the body, which some clients take for a failure.
    const answer = await fetch(`${server.url}/size`, init).catch(() => undefined);
    assert.ok(answer === undefined || answer.status === 504);
    return budget.mostBytes === 900_000;
  });
  await until(() => budget.heldBytes === 0);
});

test("serve() answers bare NaN with the option compatibility", async () => {
  for (const [compatibility, answer] of [
    [false, "[null,null,1.5]"],
    [true, "[NaN,-Infinity,1.5]"],
  ] as const) {
    await using server = await opened({ compatibility }).serving;
    const body = "[NaN, -Infinity, 1.5]";
    const response = await fetch(`${server.url}/echo`, { method: "POST", body });
    assert.equal(await response.text(), answer);
  }
});

test("serve() answers the request after a GET or HEAD that came with a body", async () => {
  using _ = silenced();
  await using server = await opened().serving;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (const [method, path] of [
      ["GET", "/size"],
      ["HEAD", "/size"],
      ["GET", "/livez"],
      ["GET", "/nowhere"],
    ] as const) {
      for (const length of [10, 300_000]) {
        const statuses: (number | undefined)[] = [];
        for (const [asked, body] of [
          [method, Buffer.alloc(length, "x")],
          ["GET", Buffer.alloc(0)],
        ] as const) {
          const headers = body.length === 0 ? {} : { "content-length": body.length };
          const sent = request(server.url + path, { method: asked, agent, headers });
          sent.end(body);
          const [answer] = (await once(sent, "response")) as [IncomingMessage];
          answer.resume();
          await once(answer, "end");
          statuses.push(answer.statusCode);
        }
        const [first, second] = statuses;
        assert.equal(first, second, `${method} ${path} with ${length} bytes`);
      }
    }
  } finally {
    agent.destroy();
  }
});
