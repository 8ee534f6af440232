/** Middleware run before a message is received: what they reject is not read. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { connect as connectTcp } from "node:net";
import { test } from "node:test";
import { api, endpointOf, json, service } from "ekiben";
import { type Server, serve } from "ekiben/serve";
import type { MiddlewareHandler } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { cors } from "hono/cors";
import type { Routes } from "../../src/rpc/routes.ts";
import { Greeter, type Hello } from "../rpc/greeter.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { CALLERS } from "./every-protocol.ts";
import { GrpcClient } from "./http2/grpc-client.ts";

const KIB = 1024;

/** A service of methods of every kind. */
const rpc: Routes = (router) =>
  void router.service(Greeter, {
    greet: (hello: Hello) => hello,
    async *greetMany(hello: Hello) {
      yield hello;
    },
    greetAll: async (hellos: AsyncIterable<Hello>) => (await Array.fromAsync(hellos))[0],
    async *chat(hellos: AsyncIterable<Hello>) {
      yield* hellos;
    },
  } as never);

async function open(...use: MiddlewareHandler[]): Promise<Server> {
  const sum = api({ input: json<number[]>(), output: json<number>() }, () => 0);
  return await serve(service("guarded", { use, apis: { sum }, rpc }), {
    host: "127.0.0.1",
    port: 0,
    grpcPort: 0,
    maxBodyBytes: 64 * KIB,
    signals: false,
    onUncaught: false,
  });
}

/** A header that a middleware sets after the answer. */
const stamp: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("x-seen", `${c.res.status}`);
};

const MESSAGES = {
  malformed: {
    message: Uint8Array.of(0x0a, 0xff, 0xff),
    expected: { status: 400, code: 3, seen: "400" },
  },
  oversized: {
    message: new Uint8Array(65 * KIB),
    expected: { status: 413, code: 8, seen: /^(?:413|429)$/ },
  },
} as const;

for (const [what, { message, expected }] of Object.entries(MESSAGES)) {
  test(`use: a call is rejected for its caller before its message is ${what}`, async () => {
    using output = silenced();
    await using server = await open(cors(), stamp, bearerAuth({ token: "good" }));
    for (const [protocol, call] of Object.entries(CALLERS)) {
      for (const [token, { status, code, seen }] of [
        ["bad", { status: 401, code: 16, seen: "401" }],
        ["good", expected],
      ] as const) {
        const about = `${protocol}, ${token}`;
        const headers = { authorization: `Bearer ${token}` };
        const outcome = await call(server, "sum", "", headers, message);
        assert.equal(outcome.status ?? outcome.code, protocol === "REST" ? status : code, about);
        assert.equal(outcome.metadata.get("access-control-allow-origin"), "*", about);
        assert.match(outcome.metadata.get("x-seen") ?? "", new RegExp(seen), about);
        assert.match(outcome.metadata.get("x-request-id") ?? "", /^[\w-]+$/, about);
      }
    }
    const exposed = await (await fetch(`${server.url}/metrics`)).text();
    assert.doesNotMatch(exposed, /request_in_progress\{.*"\} [^0]/);
    const counts = [...exposed.matchAll(/_request_total\{.*"\} (\d+)\n/g)];
    const calls = counts.reduce((sum, [, count]) => sum + Number(count), 0);
    assert.equal(calls, 2 * Object.keys(CALLERS).length, exposed);
    assert.doesNotMatch(output.text, /\[ERR\]/);
  });
}

const CALL = "/bentoml.grpc.v1.BentoService/Call";

/** Requests over HTTP/2 whose messages never come. */
const UNSENT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gRPC: { ":path": CALL, "content-type": "application/grpc" },
  "gRPC with gzip": {
    ":path": CALL,
    "content-type": "application/grpc",
    "grpc-encoding": "gzip",
  },
  "a gRPC stream": {
    ":path": "/ekiben.v1.Inference/CallStream",
    "content-type": "application/grpc",
  },
  "gRPC-Web": { ":path": CALL, "content-type": "application/grpc-web" },
  Connect: { ":path": CALL, "content-type": "application/proto" },
};

async function answerTo(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const stream = session.request({ ":method": "POST", ...headers }, { endStream: false });
  let said = "";
  const add = (received: IncomingHttpHeaders): void => {
    for (const [name, value] of Object.entries(received)) said += `${name}: ${value}\n`;
  };
  stream.on("response", add).on("trailers", add);
  stream.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(stream, "end");
  stream.destroy();
  return said;
}

for (const [protocol, headers] of Object.entries(UNSENT)) {
  test(`use: a call over ${protocol} is rejected before its message has come`, async () => {
    using _ = silenced();
    await using server = await open(bearerAuth({ token: "good" }));
    const session = connect(`http://127.0.0.1:${server.grpcPort}`);
    try {
      assert.match(await answerTo(session, headers), /grpc-status: 16|"unauthenticated"/);
    } finally {
      session.destroy();
    }
  });
}

test("use: a caller that disconnects before its message has come is counted", async () => {
  using _ = silenced();
  let passed = 0;
  await using server = await open(async (_, next) => {
    passed += 1;
    await next();
  });
  const count = async (): Promise<string> => await (await fetch(`${server.url}/metrics`)).text();
  for (const headers of Object.values(UNSENT)) {
    const before = passed;
    const session = connect(`http://127.0.0.1:${server.grpcPort}`);
    session.on("error", () => {});
    const stream = session.request({ ":method": "POST", ...headers }, { endStream: false });
    stream.on("error", () => {});
    stream.write(Uint8Array.of(0));
    await until(() => passed > before);
    session.destroy();
  }
  const socket = connectTcp(server.port, "127.0.0.1");
  const before = passed;
  const type = "content-type: application/proto\r\ncontent-length: 9";
  socket.write(`POST ${CALL} HTTP/1.1\r\nhost: a\r\n${type}\r\n\r\nabc`);
  await until(() => passed > before);
  socket.destroy();
  const endpoint = /request_in_progress\{[^}]*api_name="[a-z][^}]*\} [^0]/;
  await until(async () => !endpoint.test(await count()));
  const counts = /request_total\{api_name="([^"]+)".*code="(\d+)"\} (\d+)/g;
  assert.deepEqual(
    [...(await count()).matchAll(counts)].map((match) => match.slice(1).join(" ")).sort(),
    ["bentoml.grpc.v1.BentoService/Call 499 5", "ekiben.v1.Inference/CallStream 499 1"],
  );
});

test("endpointOf() receives the message of a call, and only then", async () => {
  using output = silenced();
  const names: string[] = [];
  await using server = await open(stamp, async (c, next) => {
    const name = await endpointOf(c);
    names.push(name);
    return c.req.header("authorization") === undefined ? c.text(`no ${name}`, 403) : await next();
  });
  for (const [protocol, call] of Object.entries(CALLERS)) {
    const isRest = protocol === "REST";
    const refused = await call(server, "sum", "[1]");
    assert.deepEqual([refused.status ?? refused.code, refused.text], [isRest ? 403 : 7, "no sum"]);
    const malformed = await call(server, "sum", "[1]", {}, Uint8Array.of(0x0a, 0xff));
    assert.equal(malformed.status ?? malformed.code, isRest ? 403 : 3, protocol);
    assert.match(malformed.metadata.get("x-seen") ?? "", isRest ? /403/ : /400/, protocol);
    const unknown = await call(server, "none", "[1]");
    assert.equal(unknown.status ?? unknown.code, isRest ? 404 : 7, protocol);
  }
  const calls = Object.keys(CALLERS).length - 1;
  const expected = ["sum", "sum", ...Array(calls).fill(["sum", "(unknown)"]).flat()];
  assert.deepEqual(names, expected);
  assert.doesNotMatch(output.text, /\[ERR\]/);
});

for (const { name } of Object.values(Greeter.method)) {
  test(`use: a mounted method ${name} is guarded before its messages`, async () => {
    using _ = silenced();
    const path = `${Greeter.typeName}/${name}`;
    await using server = await open(cors(), bearerAuth({ token: "good" }), async (c, next) => {
      assert.equal(await endpointOf(c), path);
      await next();
    });
    const client = new GrpcClient(`127.0.0.1:${server.grpcPort}`);
    try {
      for (const [token, message, code] of [
        ["good", [], 0],
        ["good", [0x0a, 0xff], 3],
        ["bad", [], 16],
        ["bad", [0x0a, 0xff], 16],
      ] as const) {
        const metadata = { authorization: `Bearer ${token}` };
        const outcome = await client.call(`/${path}`, [Buffer.from(message)], metadata);
        assert.equal(outcome.code, code, outcome.details);
        const { header, trailer } = outcome;
        const sent = { ...header?.getMap(), ...trailer?.getMap() };
        assert.equal(sent["access-control-allow-origin"], "*", `${code}`);
      }
    } finally {
      client.close();
    }
  });
}

test("endpointOf() refuses a context of elsewhere", async () => {
  await assert.rejects(endpointOf({ get: () => undefined } as never), /of a middleware in use/);
});
