import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { httpApp } from "../../src/http/http-app.ts";
import type { HttpAppOptions } from "../../src/http/http-options.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import type { Mountable } from "../../src/service/mounts.ts";
import { service } from "../../src/service/service.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";

function open(mount: Record<string, Mountable>, options: HttpAppOptions = {}) {
  const made = service("x", {
    apis: { upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()) },
    mount,
  });
  const { fetch } = httpApp(made, options);
  const ask = async (path: string, init: RequestInit = {}) =>
    await fetch(new Request(`http://host${path}`, init));
  const counts = async (): Promise<string[]> => {
    const exposed = await (await ask("/metrics")).text();
    const lines = /request_total\{endpoint="([^"]+)".*code="(\d+)".*\} (\d+)/g;
    return [...exposed.matchAll(lines)].map(([, path, code, count]) => `${path} ${code}: ${count}`);
  };
  return { made, ask, counts };
}

/** Answers with the method, the URL and the body of the request. */
async function echo(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = `${request.method} ${pathname}${search} ${await request.text()}`;
  return new Response(body, {
    status: 201,
    headers: { "x-say": request.headers.get("x-say") ?? "" },
  });
}

test("mount: a handler gets all methods at its path and below, without that path", async () => {
  const { ask, counts } = open({ "/deep/ui": echo });
  const cases: readonly [string, RequestInit, string][] = [
    ["/deep/ui", {}, "GET / "],
    ["/deep/ui/", {}, "GET / "],
    ["/deep/ui?a=1", {}, "GET /?a=1 "],
    ["/deep/ui/a/b?c=%20d", {}, "GET /a/b?c=%20d "],
    ["/deep/ui/%2Fx", {}, "GET /%2Fx "],
    ["/deep/ui/%C3%A4", {}, "GET /%C3%A4 "],
    ["/deep/ui//b", {}, "GET //b "],
    ["/deep/ui/a", { method: "POST", body: "sent" }, "POST /a sent"],
    ["/deep/ui/a", { method: "DELETE" }, "DELETE /a "],
    ["/deep/ui/a", { method: "OPTIONS" }, "OPTIONS /a "],
  ];
  for (const [path, init, expected] of cases) {
    const response = await ask(path, { ...init, headers: { "x-say": "hi" } });
    assert.equal(await response.text(), expected, path);
    assert.deepEqual([response.status, response.headers.get("x-say")], [201, "hi"]);
  }
  const head = await ask("/deep/ui/a", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [201, ""]);
  assert.deepEqual(await counts(), [`/deep/ui 201: ${cases.length + 1}`]);
  for (const path of ["/deep", "/deep/uix", "/deep/u%69/x"]) {
    assert.equal((await ask(path)).status, 404, path);
  }
  assert.equal(await (await ask("/upper", { method: "POST", body: "a" })).text(), "A");
});

test("mount: a Hono application keeps its own middleware, errors and bindings", async () => {
  using output = silenced();
  const site = new Hono<{ Bindings: { readonly key: string } }>();
  site.use(async (c, next) => {
    await next();
    c.header("x-site", "yes");
  });
  site.get("/", (c) => c.text("home"));
  site.get("/fail", () => {
    throw new Error("secret");
  });
  site.onError((_, c) => c.text("our own words", 500));
  const { made, ask, counts } = open({ "/site": site });
  const home = await ask("/site");
  assert.deepEqual([await home.text(), home.headers.get("x-site")], ["home", "yes"]);
  const missing = await ask("/site/none");
  assert.deepEqual([missing.status, await missing.text()], [404, "404 Not Found"]);
  assert.equal(await (await ask("/site/fail")).text(), "our own words");
  assert.deepEqual((await counts()).sort(), ["/site 200: 1", "/site 404: 1", "/site 500: 1"]);
  assert.equal(output.text, "");
  made.drain();
  assert.equal((await ask("/site")).status, 503);
});

test("mount: an unknown path is answered with the paths of the APIs and the mounts", async () => {
  const { ask } = open({ "/ui": echo });
  const { error } = (await (await ask("/none")).json()) as { readonly error: string };
  assert.equal(error, "There is nothing at /none; the service has /upper, /ui");
});

test("mount: use does not run before it", async () => {
  const made = service("x", {
    apis: {},
    use: [async (c) => c.text("no", 403)],
    mount: { "/open": () => new Response("open") },
  });
  const response = await httpApp(made).fetch(new Request("http://host/open"));
  assert.equal(await response.text(), "open");
});

test("mount: a wrong return value and an error of a handler are masked", async () => {
  const wrong: readonly [Mountable, RegExp][] = [
    [() => Promise.reject(new Error("password")), /password/],
    [
      () => {
        throw new Error("password");
      },
      /password/,
    ],
    [() => Promise.reject("a text"), /failed: .*a text/],
    [() => Promise.reject(undefined), /failed: undefined/],
    [() => Response.error(), /returned a Response with the status 0/],
    [
      async () => {
        const response = new Response("a");
        await response.text();
        return response;
      },
      /returned a Response with a body that has been read/,
    ],
    [(() => "text") as never, /must return a Response, not text/],
    [(() => undefined) as never, /must return a Response, not undefined/],
  ];
  for (const [handler, logged] of wrong) {
    using output = silenced();
    const { ask, counts } = open({ "/bad": handler });
    const response = await ask("/bad/x");
    assert.deepEqual(await counts(), ["/bad 500: 1"]);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /"error":"Internal error"/);
    assert.match(output.text, logged);
  }
});

test("mount: a handler that hangs is bounded, and its signal aborted", async () => {
  const clock = new FakeClock();
  let signal: AbortSignal | undefined;
  const entered = Promise.withResolvers<void>();
  const hang = (request: Request): Promise<Response> => {
    signal = request.signal;
    entered.resolve();
    return new Promise(() => {});
  };
  const { ask } = open({ "/slow": hang }, { clock, timeoutMs: 5000 });
  const asking = ask("/slow");
  await entered.promise;
  clock.advance(5000);
  const response = await asking;
  assert.deepEqual([response.status, signal?.aborted], [504, true]);
  assert.match(await response.text(), /\/slow did not answer within 5 s/);
  assert.equal(clock.pending, 0);
});

test("mount: a stream is passed on as it comes, and counted at its end", async () => {
  const { promise: more, resolve } = Promise.withResolvers<void>();
  const stream = (): Response => {
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("one "));
        await more;
        controller.enqueue(new TextEncoder().encode("two"));
        controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const { ask, counts } = open({ "/events": stream });
  const response = await ask("/events");
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "one ");
  assert.deepEqual(await counts(), []);
  resolve();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "two");
  assert.equal((await reader.read()).done, true);
  assert.deepEqual(await counts(), ["/events 200: 1"]);
});

test("mount: a stream that fails or is canceled is counted with that status", async () => {
  using output = silenced();
  let wasCanceled = false;
  const broken = (request: Request): Response => {
    const fails = request.url.endsWith("/fails");
    const body = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (fails) controller.error(new Error("disk"));
        else controller.enqueue(Uint8Array.of(1));
      },
      cancel() {
        wasCanceled = true;
      },
    });
    return new Response(body, { headers: { "content-type": "application/octet-stream" } });
  };
  const { ask, counts } = open({ "/stream": broken });
  await assert.rejects((await ask("/stream/fails")).text());
  await (await ask("/stream/endless")).body?.cancel();
  assert.equal(wasCanceled, true);
  assert.deepEqual((await counts()).sort(), ["/stream 499: 1", "/stream 500: 1"]);
  assert.match(output.text, /\/stream.* failed in its answer: .*disk/);
});

test("app() refuses a mount at the path of a call", () => {
  const made = service("x", { apis: {}, mount: { "/bentoml.grpc.v1.BentoService": echo } });
  const message = /Cannot mount at \/bentoml.grpc.v1.BentoService: calls are at .*\/Call/;
  assert.throws(() => httpApp(made), { name: "TypeError", message });
});
