/** What middleware do to requests and responses, beyond answering them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { api, contextOf, endpointOf, json, service, text } from "ekiben";
import { type Server, serve } from "ekiben/serve";
import type { MiddlewareHandler } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { bodyLimit } from "hono/body-limit";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { csrf } from "hono/csrf";
import { Greeter } from "../rpc/greeter.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { CALLERS } from "./every-protocol.ts";

const KIB = 1024;

/** The names of calls whose message has not been read. */
const CALL = "bentoml.grpc.v1.BentoService/Call";
const STREAM = "ekiben.v1.Inference/CallStream";

async function open(...use: MiddlewareHandler[]): Promise<Server> {
  const made = service("guarded", {
    use,
    apis: {
      upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()),
      sum: api({ input: json<number[]>(), output: json<number>() }, (values) =>
        values.reduce((sum, value) => sum + value, 0),
      ),
      spell: api({ input: text(), output: text() }, async function* (word) {
        for (const letter of word) yield letter;
      }),
    },
    rpc: (router) =>
      void router.service(Greeter, {
        greet: (_: unknown, handler: Parameters<typeof contextOf>[0]) => ({
          name: `${contextOf(handler).get("user")}`,
        }),
      } as never),
  });
  return await serve(made, {
    host: "127.0.0.1",
    port: 0,
    grpcPort: 0,
    maxBodyBytes: 64 * KIB,
    signals: false,
    onUncaught: false,
  });
}

const post = async (server: Server, path: string, body: BodyInit, headers: HeadersInit = {}) =>
  await fetch(`${server.url}${path}`, { method: "POST", body, headers });

test("use: cors() answers preflights of APIs and of calls", async () => {
  using _ = silenced();
  await using server = await open(cors({ origin: "http://page" }));
  for (const path of [
    "/upper",
    "/bentoml.grpc.v1.BentoService/Call",
    `/${Greeter.typeName}/Greet`,
  ]) {
    const response = await fetch(`${server.url}${path}`, {
      method: "OPTIONS",
      headers: { origin: "http://page", "access-control-request-headers": "x-request-id" },
    });
    assert.equal(response.status, 204, path);
    assert.equal(response.headers.get("access-control-allow-origin"), "http://page", path);
    assert.equal(response.headers.get("access-control-allow-headers"), "x-request-id", path);
  }
  const refused = await fetch(`${server.url}/upper`, { headers: { origin: "http://page" } });
  assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "POST"]);
  assert.equal(refused.headers.get("access-control-allow-origin"), "http://page");
});

test("use: a service without middleware answers OPTIONS as before", async () => {
  using _ = silenced();
  await using server = await open();
  for (const path of ["/upper", "/bentoml.grpc.v1.BentoService/Call"]) {
    const response = await fetch(`${server.url}${path}`, { method: "OPTIONS" });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"], path);
  }
});

/** Middleware that read the body in all ways that there are. */
const READERS: Readonly<Record<string, MiddlewareHandler>> = {
  "c.req.json()": async (c, next) => {
    assert.deepEqual(await c.req.json(), [1, 2]);
    await next();
  },
  "c.req.json() after next()": async (c, next) => {
    await next();
    await c.req.json();
  },
  "c.req.raw.clone()": async (c, next) => {
    assert.equal(await c.req.raw.clone().text(), "[1,2]");
    await next();
  },
  "c.req.raw.arrayBuffer()": async (c, next) => {
    assert.equal((await c.req.raw.arrayBuffer()).byteLength, 5);
    await next();
  },
  "a part of c.req.raw.body": async (c, next) => {
    const reader = c.req.raw.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await next();
  },
  "c.req.raw in another place": async (c, next) => {
    c.req.raw = new Request(c.req.raw, { body: "[1,2]" });
    await next();
  },
};

for (const [how, reader] of Object.entries(READERS)) {
  test(`use: a middleware may read the body by ${how}`, async () => {
    using _ = silenced();
    await using server = await open(reader);
    const whole = await post(server, "/sum", "[1,2]", { "content-type": "application/json" });
    assert.deepEqual([whole.status, await whole.text()], [200, "3"]);
    const chunks = new Blob(["[1,", "2]"]).stream();
    const init = { method: "POST", body: chunks, duplex: "half" } as RequestInit;
    const chunked = await fetch(`${server.url}/sum`, init);
    assert.deepEqual([chunked.status, await chunked.text()], [200, "3"]);
  });
}

test("use: a body is compressed as it was sent to middleware, and not to the API", async () => {
  using _ = silenced();
  const zipped = gzipSync("[1,2,3]");
  await using server = await open(async (c, next) => {
    assert.deepEqual(new Uint8Array(await c.req.arrayBuffer()), new Uint8Array(zipped));
    await next();
  });
  const response = await post(server, "/sum", zipped, { "content-encoding": "gzip" });
  assert.deepEqual([response.status, await response.text()], [200, "6"]);
});

test("use: the bounds of a body hold for middleware that read it", async () => {
  using _ = silenced();
  await using server = await open(async (c, next) => {
    await c.req.text();
    await next();
  });
  const large = "x".repeat(65 * KIB);
  for (const body of [large, new Blob([large]).stream()]) {
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    const response = await fetch(`${server.url}/upper`, init);
    assert.equal(response.status, 413);
    assert.match(await response.text(), /"code":"payload_too_large"/);
  }
});

test("use: bodyLimit() bounds bodies of REST", async () => {
  using _ = silenced();
  await using server = await open(bodyLimit({ maxSize: 10 }));
  for (const [length, status] of [
    [10, 200],
    [11, 413],
  ] as const) {
    const body = "x".repeat(length);
    assert.equal((await post(server, "/upper", body)).status, status);
    const init = { method: "POST", body: new Blob([body]).stream(), duplex: "half" };
    assert.equal((await fetch(`${server.url}/upper`, init as RequestInit)).status, status);
  }
  for (const call of Object.values(CALLERS).slice(1)) {
    assert.equal((await call(server, "upper", "x".repeat(11))).text, "X".repeat(11));
  }
});

/** Responses of middleware, and the types that arrive. */
const TYPED: readonly (readonly [RegExp, () => Response])[] = [
  [/^text\/plain; ?charset=utf-8$/i, () => new Response("no", { status: 401 })],
  [/^text\/plain; ?charset=utf-8$/i, () => new Response("", { status: 401 })],
  [/^text\/html$/, () => new Response("no", { headers: { "content-type": "text/html" } })],
  [/^application\/json/, () => Response.json({})],
  [/^none$/, () => new Response(null, { status: 401 })],
];

test("use: the content type of a middleware's response arrives unchanged", async () => {
  using _ = silenced();
  for (const others of [[], [cors()]]) {
    for (const [type, respond] of TYPED) {
      await using server = await open(...others, async () => respond());
      const response = await post(server, "/upper", "a");
      assert.match(response.headers.get("content-type") ?? "none", type, await response.text());
    }
  }
  await using server = await open(cors(), bearerAuth({ token: "x" }));
  const response = await post(server, "/upper", "a");
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; ?charset=utf-8$/i);
  assert.equal(await response.text(), "Unauthorized");
});

test("use: csrf() refuses forms from elsewhere", async () => {
  using _ = silenced();
  await using server = await open(cors({ origin: "http://page" }), csrf({ origin: "http://page" }));
  const form = { "content-type": "text/plain" };
  for (const [origin, status] of [
    ["http://page", 200],
    ["http://evil", 403],
  ] as const) {
    assert.equal((await post(server, "/upper", "a", { ...form, origin })).status, status);
  }
});

test("use: compress() compresses answers of REST, streams too", async () => {
  using _ = silenced();
  await using server = await open(compress({ threshold: 1 }));
  for (const [path, word] of [
    ["/upper", "a".repeat(2000)],
    ["/spell", "abc"],
  ] as const) {
    const response = await post(server, path, word, { "accept-encoding": "gzip" });
    assert.equal(response.headers.get("content-encoding"), "gzip", path);
    assert.equal((await response.text()).toLowerCase(), word);
  }
});

test("use: a middleware may replace a stream by another response", async () => {
  using _ = silenced();
  await using server = await open(async (c, next) => {
    await next();
    c.res = new Response("instead");
  });
  const response = await post(server, "/spell", "abc");
  assert.equal(await response.text(), "instead");
  const exposed = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(exposed, /request_in_progress\{endpoint="\/spell".*\} 0\n/);
});

test("use: a middleware sees the call as a request, without a body over RPC", async () => {
  using _ = silenced();
  const seen: string[] = [];
  const unread: string[] = [];
  await using server = await open(async (c, next) => {
    const { method, path } = c.req;
    seen.push(`${method} ${path} ${c.req.header("x-say")}`);
    assert.equal(await endpointOf(c), "upper");
    if (path !== "/upper") {
      assert.equal(c.req.raw.body, null);
      await c.req.text().catch((error: Error) => unread.push(error.message));
    }
    await next();
  });
  for (const call of Object.values(CALLERS)) {
    assert.equal((await call(server, "upper", "a", { "x-say": "hi" })).text, "A");
  }
  const call = `POST /${CALL} hi`;
  const stream = `POST /${STREAM} hi`;
  assert.deepEqual(seen, ["POST /upper hi", call, stream, call, call, call]);
  assert.equal(unread.length, 5);
  assert.match(unread[0] ?? "", /read the body of a call over Connect, gRPC-Web or gRPC/);
});

test("use: middleware guard the Connect services of a user, and give them variables", async () => {
  using _ = silenced();
  await using server = await open(async (c, next) => {
    if (c.req.header("x-user") === undefined) return c.text("who?", 401);
    c.set("user" as never, c.req.header("x-user") as never);
    return await next();
  });
  const greet = async (headers: HeadersInit) =>
    (await (
      await post(server, `/${Greeter.typeName}/Greet`, "{}", {
        "content-type": "application/json",
        ...headers,
      })
    ).json()) as object;
  assert.deepEqual(Object.values(await greet({ "x-user": "ada" })), ["ada"]);
  assert.deepEqual(await greet({}), { code: "unauthenticated", message: "who?" });
});

test("use: refused requests are counted by their status; probes are not refused", async () => {
  using _ = silenced();
  await using server = await open(async (c) => c.text("no", 403));
  for (const call of Object.values(CALLERS)) await call(server, "upper", "a");
  for (const path of ["/livez", "/readyz", "/healthz", "/docs.json", "/metrics"]) {
    assert.equal((await fetch(`${server.url}${path}`)).status, 200, path);
  }
  const health = await post(server, "/grpc.health.v1.Health/Check", "{}", {
    "content-type": "application/json",
  });
  assert.deepEqual(await health.json(), { status: "SERVING" });
  const exposed = await (await fetch(`${server.url}/metrics`)).text();
  const counts =
    /request_total\{(?:endpoint|api_name)="(\/upper|[^"]+\/Call\w*)".*code="(\d+)".*\} (\d+)/g;
  assert.deepEqual(
    [...exposed.matchAll(counts)]
      .map(([, name, code, count]) => `${name} ${code}: ${count}`)
      .sort(),
    ["/upper 403: 1", `${CALL} 403: 4`, `${STREAM} 403: 1`],
  );
  assert.doesNotMatch(exposed, /request_in_progress\{.*"\} [^0]/);
});
