import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import { api, service, text } from "ekiben";
import { type ServeOptions, type Server, serve, serveGrpc } from "ekiben/serve";
import { CALLERS, type Outcome } from "../runtime/every-protocol.ts";
import { GrpcClient } from "../runtime/http2/grpc-client.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

/** Every API of the service says who called it. */
const guarded = () =>
  service("guarded", {
    runners: [],
    apis: {
      who: api({ input: text(), output: text() }, (_, { caller, keyName, peer }) =>
        JSON.stringify({ caller, keyName, peer }),
      ),
      wait: api({ input: text(), output: text() }, async () => {
        entered.resolve();
        await released.promise;
        return "done";
      }),
    },
  });

let entered = Promise.withResolvers<void>();
let released = Promise.withResolvers<void>();

const ADA = "ada-key-0001";
const BOB = "bob-key-0002";
const SHA = createHash("sha256").update(BOB).digest("hex");

async function opened(t: TestContext, options: ServeOptions): Promise<Server> {
  const server = await serve(guarded(), { port: 0, ...options });
  t.after(() => server.close());
  return server;
}

/** The status of HTTP that REST has, and the code of gRPC that all others have. */
function assertRefused(outcome: Outcome, status: number, code: number, protocol: string): void {
  const what = `${protocol}: ${outcome.text}`;
  if (outcome.status === undefined) assert.equal(outcome.code, code, what);
  else assert.equal(outcome.status, status, what);
}

for (const onePort of [false, true]) {
  test(`calls need a key over every protocol, on ${onePort ? "one port" : "two"}`, async (t) => {
    const server = await opened(t, { onePort, apiKeys: [`ada:${ADA}`, `bob:sha256:${SHA}`] });
    for (const [protocol, call] of Object.entries(CALLERS)) {
      if (protocol === "Connect over HTTP/2") continue; // sends no headers
      for (const headers of [{}, { authorization: "Bearer wrong-key-3" }, { "x-api-key": SHA }]) {
        const refused = await call(server, "who", "?", headers);
        assertRefused(refused, 401, 16, protocol);
        assert.match(refused.metadata.get("www-authenticate") ?? "", /^Bearer realm=/, protocol);
        // The id of the request, of hexadecimal digits, may have "ada" in it.
        assert.doesNotMatch(refused.text, /wrong-key|\bada\b|bob/);
      }
      for (const [headers, keyName] of [
        [{ authorization: `Bearer ${ADA}` }, "ada"],
        [{ authorization: `bearer  ${BOB}` }, "bob"],
        [{ "x-api-key": BOB }, "bob"],
        [{ authorization: "Basic dTpw", "x-api-key": ADA }, "ada"],
      ] as const) {
        const { text } = await call(server, "who", "?", headers);
        const { caller, keyName: name } = JSON.parse(text);
        assert.deepEqual([caller, name], [keyName, keyName], protocol);
      }
    }
  });
}

test("probes need no key, metrics and documents do", async (t) => {
  const server = await opened(t, { grpcPort: false, apiKeys: [ADA], openPaths: ["/nothing/*"] });
  const statusOf = async (path: string, headers = {}): Promise<number> =>
    (await fetch(server.url + path, { headers })).status;
  const key = { "x-api-key": ADA };
  for (const [path, without, withKey] of [
    ["/livez", 200, 200],
    ["/readyz", 200, 200],
    ["/healthz", 200, 200],
    ["/metrics", 401, 200],
    ["/docs.json", 401, 200],
    ["/elsewhere", 401, 404],
    ["/nothing/here", 404, 404],
    ["/who", 401, 405],
  ] as const) {
    assert.deepEqual([await statusOf(path), await statusOf(path, key)], [without, withKey], path);
  }
  const metrics = await (await fetch(`${server.url}/metrics`, { headers: key })).text();
  const [, refused] = /ekiben_refused_requests_total\{reason="key"\} (\d+)/.exec(metrics) ?? [];
  assert.equal(refused, "4");
});

for (const [metricsKeys, expected] of [
  ["open", [200, 200, 200]],
  [["prometheus:scrape-key"], [401, 401, 200]],
] as const) {
  test(`the metrics have a rule of their own: ${metricsKeys}`, async (t) => {
    const server = await opened(t, { grpcPort: false, apiKeys: [ADA], metricsKeys });
    const statuses = [];
    for (const key of ["", ADA, "scrape-key"]) {
      const headers = { authorization: `Bearer ${key}` };
      statuses.push((await fetch(`${server.url}/metrics`, { headers })).status);
    }
    assert.deepEqual(statuses, expected);
  });
}

test("a burst too many is answered with 429 over every protocol", async (t) => {
  using logs = silenced();
  const rateLimit = { rate: "1/h", burst: 2 };
  const keys = Object.keys(CALLERS).map((_, at) => `key-${at}:secret-key-${at}`);
  const server = await opened(t, { apiKeys: keys, rateLimit });
  for (const [at, [protocol, call]] of Object.entries(CALLERS).entries()) {
    if (protocol === "Connect over HTTP/2") continue;
    const headers = { "x-api-key": `secret-key-${at}` };
    for (const remaining of ["1", "0"]) {
      const { code = 0, metadata } = await call(server, "who", "?", headers);
      assert.equal(code, 0, protocol);
      assert.equal(metadata.get("ratelimit-remaining"), remaining, protocol);
    }
    const refused = await call(server, "who", "?", headers);
    assertRefused(refused, 429, 8, protocol);
    assert.match(refused.metadata.get("ratelimit-limit") ?? "", /^2$/, protocol);
    await until(() =>
      logs.requests.some(({ status, key }) => status === 429 && key === `key-${at}`),
    );
  }
  // A wrong key costs tokens of its address, and does not take those of a key.
  const statuses = [];
  for (let tries = 0; tries < 3; tries++) {
    const headers = { "x-api-key": "wrong-key" };
    const response = await fetch(`${server.url}/who`, { method: "POST", body: "?", headers });
    statuses.push(response.status);
    await response.body?.cancel();
  }
  assert.deepEqual(statuses, [401, 401, 429]);
});

test("requests under way are bounded, but not those of health", async (t) => {
  const server = await opened(t, { maxConcurrency: 1 });
  for (const [protocol, call] of Object.entries(CALLERS)) {
    entered = Promise.withResolvers();
    released = Promise.withResolvers();
    // An answer may arrive before its request is counted as over: then the next one is refused.
    let first: Promise<Outcome>;
    do first = call(server, "wait", "?");
    while ((await Promise.race([entered.promise, first])) !== undefined);
    assertRefused(await call(server, "who", "?"), 429, 8, protocol);
    assert.equal((await fetch(`${server.url}/livez`)).status, 200);
    released.resolve();
    assert.equal((await first).text, "done", protocol);
    await until(async () => {
      const { code = 0, status = 200 } = await call(server, "who", "?");
      return code === 0 && status === 200;
    });
  }
});

test("a request for the metadata of a service is under way until its answer", async (t) => {
  const { grpcPort } = await opened(t, { maxConcurrency: 1 });
  const client = new GrpcClient(`127.0.0.1:${grpcPort}`);
  t.after(() => client.close());
  const path = "/bentoml.grpc.v1.BentoService/ServiceMetadata";
  for (const attempt of ["first", "second"]) {
    const { code, details } = await client.call(path, [Buffer.alloc(0)]);
    assert.equal(code, 0, `${attempt}: ${details}`);
  }
});

test("the address is that of the client behind a trusted proxy", async (t) => {
  const cases = [
    [["loopback"], "203.0.113.7, 198.51.100.1", "198.51.100.1"],
    [["loopback", "198.51.100.0/24"], "203.0.113.7, 198.51.100.1", "203.0.113.7"],
    [[], "203.0.113.7", undefined],
  ] as const;
  for (const [trustedProxies, forwarded, expected] of cases) {
    const server = await opened(t, { trustedProxies });
    for (const [protocol, call] of Object.entries(CALLERS)) {
      if (protocol === "Connect over HTTP/2") continue;
      const { text } = await call(server, "who", "?", { "x-forwarded-for": forwarded });
      const { peer } = JSON.parse(text);
      if (expected === undefined) assert.match(peer, /^(127\.0\.0\.1|::1)$/, protocol);
      else assert.equal(peer, expected, protocol);
    }
  }
});

test("gRPC reflection needs a key, health does not", async (t) => {
  const options = { port: 0, metricsPort: 0, host: "localhost", apiKeys: [`ada:${ADA}`] };
  const server = await serveGrpc(guarded(), { ...options, signals: false });
  t.after(() => server.close());
  const target = server.url.replace("grpc://", "");
  const client = new GrpcClient(target);
  t.after(() => client.close());
  const list = Buffer.from([0x3a, 0x00]); // list_services: ""
  for (const path of [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
  ]) {
    const refused = await client.call(path, [list]);
    assert.deepEqual([refused.code, refused.messages.length], [16, 0], path);
    const told = await client.call(path, [list], { authorization: `Bearer ${ADA}` });
    assert.deepEqual([told.code, told.messages.length], [0, 1], path);
  }
  const health = await client.call("/grpc.health.v1.Health/Check", [Buffer.alloc(0)]);
  assert.equal(health.code, 0);
});

test("the metrics of serveGrpc() have keys, and the rules of their own host", async (t) => {
  using output = silenced();
  const page = "https://page.org";
  const options = { port: 0, metricsPort: 0, host: "127.0.0.1", metricsHost: "0.0.0.0" } as const;
  const rules = { metricsKeys: ["prometheus:scrape-key"], cors: page };
  const server = await serveGrpc(guarded(), { ...options, ...rules, signals: false });
  t.after(() => server.close());
  const [, port = ""] = / and .?http:\/\/[^:]+:(\d+)/.exec(output.text) ?? [];
  const asked = (headers: Record<string, string>, method = "GET") =>
    new Promise<readonly [status: number | undefined, allowed: unknown]>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path: "/metrics", method, headers });
      sent.on("error", reject).on("response", (answer) => {
        answer.resume();
        resolve([answer.statusCode, answer.headers["access-control-allow-origin"]]);
      });
      sent.end();
    });
  const key = { "x-api-key": "scrape-key" };
  assert.deepEqual(await asked({}), [401, undefined]);
  assert.deepEqual(await asked({ "x-api-key": ADA }), [401, undefined]);
  // gRPC is on this machine alone; the metrics are not, and may be asked by any name.
  assert.deepEqual(await asked({ ...key, host: "metrics.example" }), [200, undefined]);
  assert.deepEqual(await asked({ ...key, origin: page }), [200, page]);
  assert.deepEqual(await asked({ origin: page }), [401, page]);
  const preflight = { origin: page, "access-control-request-method": "GET" };
  assert.deepEqual(await asked(preflight, "OPTIONS"), [204, page]);
  assert.equal((await asked({ ...key, origin: "https://other.org" }))[0], 403);
});

test("localhost is both of its addresses", async (t) => {
  const server = await opened(t, { host: "localhost", grpcPort: false });
  for (const host of ["127.0.0.1", "[::1]"]) {
    const response = await fetch(`http://${host}:${server.port}/livez`);
    assert.equal(response.status, 200, host);
  }
});
