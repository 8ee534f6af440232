import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Hono } from "hono";
import { httpApp as app } from "../../src/http/http-app.ts";
import type { HttpAppOptions } from "../../src/http/http-options.ts";
import { Service } from "../../src/service/service.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { example } from "./example-service.ts";
import { wrong } from "./wrong-requests.ts";

function post(hono: Hono, path: string, init: RequestInit = {}): Promise<Response> {
  return Promise.resolve(hono.request(path, { method: "POST", ...init }));
}

function open(options: HttpAppOptions = {}): Hono {
  return app(example(), options);
}

test("app() answers each API at its route", async () => {
  const hono = open();
  const upper = await post(hono, "/upper", { body: "grüße" });
  assert.equal(await upper.text(), "GRÜSSE");
  assert.equal(upper.headers.get("content-type"), "text/plain; charset=utf-8");
  const greet = await post(hono, "/greet", { body: '{"name":"Ada","age":36}' });
  assert.deepEqual(await greet.json(), { hello: "Ada" });
  assert.equal(greet.headers.get("content-type"), "application/json");
  const double = await post(hono, "/v1/numbers/double", { body: "[[1, 2], [3, 4]]" });
  assert.deepEqual(await double.json(), [
    [2, 4],
    [6, 8],
  ]);
  const fill = await post(hono, "/fill", { body: "[0.5, null]" });
  assert.deepEqual(await fill.json(), [0.5, 0]);
});

test("app() sends a file with its type and its name", async () => {
  const hono = open();
  const plain = await post(hono, "/download", { body: "two.bin" });
  assert.deepEqual(await plain.bytes(), Uint8Array.of(1, 2));
  assert.equal(plain.headers.get("content-type"), "application/x-two");
  assert.equal(plain.headers.get("content-disposition"), 'attachment; filename="two.bin"');
  assert.equal(plain.headers.get("x-content-type-options"), "nosniff");
  const odd = await post(hono, "/download", { body: 'zwölf"\r\nX-Evil: 1' });
  assert.equal(odd.headers.get("x-evil"), null);
  assert.equal(
    odd.headers.get("content-disposition"),
    "attachment; filename=\"zw_lf___X-Evil: 1\"; filename*=UTF-8''zw%C3%B6lf%22__X-Evil%3A%201",
  );
});

test("app() passes a handler the headers and the query, and sends those it sets", async () => {
  const response = await post(open(), "/respond?status=202", {
    body: "ok",
    headers: { "x-say": "hello" },
  });
  assert.equal(response.status, 202);
  assert.equal(response.headers.get("x-echo"), "hello");
  const empty = await post(open(), "/respond?status=204", { body: "ok" });
  assert.deepEqual([empty.status, await empty.text()], [204, ""]);
});

test("app() answers 500 for an invalid status or header", async () => {
  using _ = silenced();
  for (const status of ["99", "101", "600", "1.5", "x"]) {
    const response = await post(open(), `/respond?status=${status}`, { body: "ok" });
    assert.equal(response.status, 500, status);
  }
  for (const value of ["a\u0001b", "\u007f"]) {
    const response = await post(open(), "/header", { body: value });
    assert.equal(response.status, 500, JSON.stringify(value));
  }
});

test("app() ignores a handler's Content-Length", async () => {
  const response = await post(open(), "/header", { body: "fine" });
  assert.equal(response.headers.get("x-made"), "fine");
  assert.notEqual(response.headers.get("content-length"), "1");
  assert.equal(await response.text(), "made");
});

test("app() names the allowed method of a probe", async () => {
  for (const path of ["/livez", "/readyz", "/healthz"]) {
    const response = await post(open(), path);
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET");
  }
});

test("app() answers every request with an id, the caller's if it is valid", async () => {
  const hono = open();
  const named = await post(hono, "/identify", { body: "", headers: { "x-request-id": "abc-1" } });
  assert.equal(await named.text(), "abc-1");
  assert.equal(named.headers.get("x-request-id"), "abc-1");
  for (const bad of ["a b", "x".repeat(300), "<script>"]) {
    const response = await post(hono, "/identify", { body: "", headers: { "x-request-id": bad } });
    const id = await response.text();
    assert.notEqual(id, bad);
    assert.match(id, /^[0-9a-f-]{36}$/);
  }
});

for (const { what, path, init = {}, status, code, error } of wrong) {
  test(`app() answers ${status} for ${what}`, async () => {
    const response = await post(open({ maxBodyBytes: 1_000 }), path, init);
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/json");
    const body = (await response.json()) as Record<string, string>;
    assert.deepEqual(Object.keys(body), ["error", "code", "request_id"]);
    assert.equal(body["code"], code);
    assert.match(body["error"] ?? "", error);
    assert.equal(body["request_id"], response.headers.get("x-request-id"));
  });
}

test("app() names the allowed method of a route", async () => {
  const response = await open().request("/upper");
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "POST");
});

test("app() answers each code with its status, and Retry-After", async () => {
  const statuses = {
    unauthenticated: 401,
    permission_denied: 403,
    resource_exhausted: 429,
    canceled: 499,
    unimplemented: 501,
    unavailable: 503,
    deadline_exceeded: 504,
  };
  for (const [code, status] of Object.entries(statuses)) {
    const response = await post(open(), "/refuse", { body: code });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("retry-after"), "7");
  }
});

for (const [path, body] of [
  ["/crash", "the password is 1234"],
  ["/lie", "NaN is no JSON"],
] as const) {
  test(`app() masks the error of ${path}, and logs it in full with the request's id`, async () => {
    using output = silenced();
    const response = await post(open(), path, { body, headers: { "x-request-id": "find-me" } });
    assert.equal(response.status, 500);
    assert.deepEqual(await response.json(), {
      error: "Internal error",
      code: "internal",
      request_id: "find-me",
    });
    assert.match(output.text, /find-me/);
    assert.match(output.text, path === "/crash" ? /the password is 1234/ : /NaN/);
    assert.match(output.text, /\.ts:\d+/, "the stack");
  });
}

test("app() answers 504 at the deadline, even if the handler ignores its signal", async () => {
  for (const path of ["/hang", "/signalled"]) {
    const clock = new FakeClock();
    const response = post(open({ clock, timeoutMs: 2_000 }), path, { body: "x" });
    await until(() => clock.pending === 1);
    clock.advance(2_000);
    assert.equal((await response).status, 504);
    assert.match(await (await response).text(), /not answered within 2 s/);
    assert.equal(clock.pending, 0);
  }
});

test("app() answers 504 when a body does not arrive", async () => {
  const clock = new FakeClock();
  const body = new ReadableStream({ start() {} });
  const init = { body, duplex: "half" } as RequestInit;
  const response = post(open({ clock, timeoutMs: 1_000 }), "/upper", init);
  await until(() => clock.pending === 1);
  clock.advance(1_000);
  assert.equal((await response).status, 504);
});

test("app() aborts the handler's signal when the caller disconnects", async () => {
  const caller = new AbortController();
  const clock = new FakeClock();
  const request = new Request("http://localhost/signalled", {
    method: "POST",
    body: "x",
    signal: caller.signal,
  });
  const response = open({ clock }).fetch(request);
  await until(() => clock.pending === 1);
  caller.abort();
  assert.equal((await response).status, 499);
  clock.advance(1_000); // requests share a timer, which ends when there is none
  assert.equal(clock.pending, 0);
});

test("app() reads a body in chunks, or compressed", async () => {
  const pieces = new ReadableStream({
    start(controller) {
      for (const piece of ["a", "b", "c"]) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const init = { body: pieces, duplex: "half" } as RequestInit;
  assert.equal(await (await post(open(), "/upper", init)).text(), "ABC");
  const body = gzipSync("packed") as Uint8Array<ArrayBuffer>;
  const packed = await post(open(), "/upper", { body, headers: { "content-encoding": "gzip" } });
  assert.equal(await packed.text(), "PACKED");
});

test("app() answers the probes, with 503 if a runner is not ready", async () => {
  let ready = false;
  const waiting = new Service("waiting", {
    apis: {},
    runners: [
      {
        name: "slow",
        get ready() {
          return ready;
        },
        backends: [],
        whyNotReady: undefined,
        onReadyChange: () => {},
        stats: () => ({ ready: 0 }),
        start: async () => {},
        close: async () => {},
      },
    ],
  });
  const hono = app(waiting);
  const statuses = async (): Promise<number[]> =>
    Promise.all(["/livez", "/healthz", "/readyz"].map(async (p) => (await hono.request(p)).status));
  assert.deepEqual(await statuses(), [200, 200, 503]);
  assert.match(await (await hono.request("/readyz")).text(), /Runners are not ready: slow/);
  ready = true;
  assert.deepEqual(await statuses(), [200, 200, 200]);
  assert.equal(await (await hono.request("/livez")).text(), "\n");
});

test("app() refuses new requests during a stop, except for the probes", async () => {
  const stopping = example();
  const hono = app(stopping);
  stopping.drain();
  const refused = await post(hono, "/upper", { body: "x" });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("connection"), "close");
  assert.equal((await hono.request("/livez")).status, 200);
  assert.equal((await hono.request("/readyz")).status, 503);
});

test("app() refuses invalid options", () => {
  assert.throws(() => open({ maxBodyBytes: 0 }), /"maxBodyBytes" must be a whole number from 1 up/);
  assert.throws(() => open({ timeoutMs: Number.POSITIVE_INFINITY }), /"timeoutMs"/);
});
