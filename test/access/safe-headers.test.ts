import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { api, type Service, service, text } from "ekiben";
import { type ServeOptions, type Server, serve } from "ekiben/serve";
import { secureHeaders } from "hono/secure-headers";
import { CALLERS } from "../runtime/every-protocol.ts";
import { fetch } from "../support/fetch.ts";

const made = (use: readonly unknown[] = []): Service =>
  service("safe", {
    runners: [],
    use: use as never[],
    mount: { "/site": { fetch: () => new Response("<p>") } },
    apis: {
      upper: api({ input: text(), output: text() }, (given) => given.toUpperCase()),
      set: api({ input: text(), output: text() }, (given, { response }) => {
        response.headers.set("x-set", "1");
        return given;
      }),
    },
  });

async function opened(t: TestContext, options: ServeOptions, use?: unknown[]): Promise<Server> {
  const server = await serve(made(use), { port: 0, ...options });
  t.after(() => server.close());
  return server;
}

const NONE = [null, null];
const SAFE = ["nosniff", null];
const SAME = ["nosniff", "same-origin"];
const CROSS = ["nosniff", "cross-origin"];

function safeOf(headers: Headers): (string | null)[] {
  return [headers.get("x-content-type-options"), headers.get("cross-origin-resource-policy")];
}

const HEALTH = "/grpc.health.v1.Health/Check?connect=v1&encoding=json&message=%7B%7D";
const POST = { method: "POST", body: "a" };

/** What is asked of a server, and the headers of the answer. */
const CASES = [
  ["/upper", POST, SAFE],
  ["/set", POST, SAFE],
  ["/upper", { ...POST, headers: { "content-encoding": "odd" } }, SAFE],
  ["/upper", {}, SAME],
  ["/livez", {}, SAME],
  ["/metrics", {}, SAME],
  ["/openapi.json", {}, SAME],
  ["/", { headers: { accept: "text/html" } }, SAME],
  ["/nowhere", {}, SAME],
  [HEALTH, {}, SAME],
  ["/a.B/C", { ...POST, headers: { "content-type": "application/proto" } }, SAFE],
  ["/site/page", {}, NONE], // an application sets its own
] as const;

for (const onePort of [false, true]) {
  test(`browsers do not guess types, on ${onePort ? "one port" : "two"}`, async (t) => {
    const server = await opened(t, { onePort });
    for (const [path, init, expected] of CASES) {
      const { headers } = await fetch(server.url + path, init);
      assert.deepEqual(safeOf(headers), expected, path);
    }
    for (const [protocol, call] of Object.entries(CALLERS)) {
      const { metadata } = await call(server, "upper", "a");
      const isForBrowsers = !protocol.startsWith("gRPC") || protocol.startsWith("gRPC-Web");
      assert.equal(safeOf(metadata)[0], isForBrowsers ? "nosniff" : null, protocol);
    }
  });
}

test("documents may be loaded by other origins where CORS allows every one", async (t) => {
  for (const [cors, policy] of [
    ["*", CROSS],
    ["https://page.org", SAME],
  ] as const) {
    const server = await opened(t, { cors, grpcPort: false });
    for (const path of ["/livez", "/metrics", HEALTH]) {
      assert.deepEqual(safeOf((await fetch(server.url + path)).headers), policy, path);
    }
    assert.deepEqual(safeOf((await fetch(`${server.url}/upper`, POST)).headers), SAFE);
  }
});

test("a middleware's own headers are kept", async (t) => {
  const server = await opened(t, { grpcPort: false }, [secureHeaders()]);
  const { headers } = await fetch(`${server.url}/upper`, POST);
  assert.deepEqual(safeOf(headers), SAME);
});

test("what is refused before it is a request has them, too", async (t) => {
  const server = await opened(t, { grpcPort: false });
  const socket = connect(server.port, "127.0.0.1");
  socket.end("POST /upper HTTP/1.1\r\nHost: a b\r\nContent-Length: 0\r\n\r\n");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  assert.match(answer, /^HTTP\/1\.1 400 .*\r\nx-content-type-options: nosniff\r\n/is);
});
