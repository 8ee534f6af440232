import assert from "node:assert/strict";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import { api, app, ServiceError, service, text } from "ekiben";
import { type ServeOptions, type Server, serve } from "ekiben/serve";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { CALLERS } from "../runtime/every-protocol.ts";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";

const PAGE = "https://page.org";

async function opened(t: TestContext, options: ServeOptions, use: unknown[] = []): Promise<Server> {
  const made = service("pages", {
    runners: [],
    use: use as never[],
    mount: { "/site": new Hono().get("/about", (c) => c.text("about")) },
    apis: {
      upper: api({ input: text(), output: text() }, (given) => given.toUpperCase()),
      fail: api({ input: text(), output: text() }, () => {
        throw new ServiceError("failed_precondition", "no");
      }),
    },
  });
  const server = await serve(made, { port: 0, ...options });
  t.after(() => server.close());
  return server;
}

/** The protocols of pages. */
const OF_PAGES = ["REST", "Connect", "a Connect stream", "gRPC-Web"] as const;

test("a page of another origin cannot call a server on this machine", async (t) => {
  const server = await opened(t, {});
  for (const protocol of Object.keys(CALLERS).filter((name) => name !== "Connect over HTTP/2")) {
    for (const headers of [
      { origin: PAGE },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { origin: "http://localhost:1", "sec-fetch-site": "same-site" },
    ]) {
      const outcome = await CALLERS[protocol]?.(server, "upper", "a", headers as never);
      assert.equal(outcome?.status ?? outcome?.code, protocol === "REST" ? 403 : 7, protocol);
    }
    const own = { origin: server.url, "sec-fetch-site": "same-origin" };
    const outcome = await CALLERS[protocol]?.(server, "upper", "a", own);
    assert.equal(outcome?.text, "A", protocol);
  }
  const site = await fetch(`${server.url}/site/about`, { headers: { origin: PAGE } });
  assert.equal(await site.text(), "about"); // an application has rules of its own
});

for (const [what, options, use] of [
  ["the option cors", { cors: PAGE }, []],
  ["a middleware", {}, [cors({ origin: PAGE })]],
] as const) {
  test(`a page that ${what} allows may call over each of its protocols`, async (t) => {
    const server = await opened(t, options, [...use]);
    for (const protocol of OF_PAGES) {
      for (const [name, expected] of [
        ["upper", "A"],
        ["fail", undefined],
      ] as const) {
        const outcome = await CALLERS[protocol]?.(server, name, "a", { origin: PAGE });
        if (expected !== undefined) assert.equal(outcome?.text, expected, protocol);
        const { metadata } = outcome ?? {};
        assert.equal(metadata?.get("access-control-allow-origin"), PAGE, `${protocol} ${name}`);
        assert.match(metadata?.get("vary") ?? "", /origin/i, protocol);
      }
      const other = await CALLERS[protocol]?.(server, "upper", "a", { origin: "https://evil.org" });
      assert.equal(other?.status ?? other?.code, protocol === "REST" ? 403 : 7, protocol);
      assert.equal(other?.metadata.get("access-control-allow-origin"), null);
    }
    for (const [path, names] of [
      ["/upper", "content-type,x-api-key,traceparent"],
      ["/bentoml.grpc.v1.BentoService/Call", "connect-protocol-version,content-type"],
      ["/ekiben.v1.Inference/CallStream", "x-grpc-web,x-user-agent,grpc-timeout"],
    ] as const) {
      const headers = {
        origin: PAGE,
        "access-control-request-method": "POST",
        "access-control-request-headers": names,
      };
      const { status, headers: got } = await fetch(server.url + path, {
        method: "OPTIONS",
        headers,
      });
      assert.equal(status, 204, path);
      assert.equal(got.get("access-control-allow-origin"), PAGE);
      const allowed = (got.get("access-control-allow-headers") ?? "").split(/, ?/);
      assert.deepEqual(allowed.sort(), names.split(",").sort());
    }
  });
}

test("errors of every kind can be read by the page, and preflights need no key", async (t) => {
  const server = await opened(t, {
    cors: { origins: [PAGE], credentials: true },
    apiKeys: ["page:key-of-the-page"],
    maxBodyBytes: 10,
    grpcPort: false,
  });
  const key = { "x-api-key": "key-of-the-page", origin: PAGE };
  const post = { method: "POST", headers: key };
  for (const [path, init, status] of [
    ["/upper", { method: "POST", headers: { origin: PAGE } }, 401],
    ["/upper", { ...post, body: "more than ten bytes" }, 413],
    ["/upper", { headers: key }, 405],
    ["/nowhere", { headers: key }, 404],
    ["/livez", { headers: key }, 200],
    ["/site/about", { headers: key }, 200],
    [
      "/upper",
      { method: "OPTIONS", headers: { origin: PAGE, "access-control-request-method": "POST" } },
      204,
    ],
  ] as const) {
    const response = await fetch(server.url + path, init);
    await response.body?.cancel();
    const { headers } = response;
    assert.equal(response.status, status, path);
    assert.equal(headers.get("access-control-allow-origin"), PAGE, `${path} ${status}`);
    assert.equal(headers.get("access-control-allow-credentials"), "true");
    if (status !== 204) assert.match(headers.get("access-control-expose-headers") ?? "", /X-Requ/);
  }
});

test("a server on this machine alone answers under its own names", async (t) => {
  const server = await opened(t, { host: "127.0.0.1", allowedHosts: ["proxied.org"] });
  const statusFor = (host: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { port } = server;
      const headers = { host, "content-length": "1" };
      const asked = request({ host: "127.0.0.1", port, path: "/upper", method: "POST", headers });
      asked.on("error", reject).on("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.end("a");
    });
  for (const [host, status] of [
    ["rebound.org", 403],
    ["localhost.evil.org", 403],
    ["proxied.org", 200],
    ["a", 200],
    ["10.1.2.3", 200],
  ] as const) {
    assert.equal(await statusFor(`${host}:${server.port}`), status, host);
  }
});

test("app() refuses pages and names if it is told that it is for this machine alone", async (t) => {
  const upper = api({ input: text(), output: text() }, (given) => given.toUpperCase());
  const host = { allowedHosts: ["proxied.org"] };
  const cases = [
    [{}, "http://localhost:3000", PAGE, 200],
    [host, "http://localhost:3000", PAGE, 403],
    [{ ...host, cors: PAGE }, "http://localhost:3000", PAGE, 200],
    [host, "http://localhost:3000", "http://localhost:3000", 200],
    [host, "http://localhost:3000", undefined, 200],
    [host, "http://proxied.org", PAGE, 403],
    [host, "http://proxied.org", undefined, 200],
    [host, "http://rebound.org", undefined, 403],
    [{ allowedHosts: ["*"] }, "http://rebound.org", undefined, 200],
    [{ allowedHosts: ["*"] }, "http://rebound.org", PAGE, 403],
  ] as const;
  for (const [options, url, origin, status] of cases) {
    const made = app(service("embedded", { apis: { upper } }), options);
    t.after(() => made.close());
    const headers = origin === undefined ? {} : { origin };
    for (const site of [made, new Hono().route("/ml", made)]) {
      const path = site === made ? "/upper" : "/ml/upper";
      const response = await site.request(`${url}${path}`, { method: "POST", body: "a", headers });
      const what = JSON.stringify([options, url, origin, path]);
      assert.equal(response.status, status, what);
      const document = await site.request(`${url}${path.replace("upper", "openapi.json")}`, {
        headers,
      });
      assert.equal(document.status, status, what);
    }
  }
});

test("a server names each origin that it refuses once in its log, and not too many", async (t) => {
  using logs = silenced();
  const named = await opened(t, { cors: PAGE });
  const plain = await opened(t, {});
  const preflight = { "access-control-request-method": "POST" };
  for (const { url } of [named, plain]) {
    for (const origin of [PAGE, "https://a.org", "https://a.org", 'https://"\n']) {
      const headers = { origin: encodeURI(origin), ...preflight };
      await (await fetch(`${url}/upper`, { method: "OPTIONS", headers })).text();
    }
  }
  const call = (origin: string): Promise<Response> =>
    fetch(`${plain.url}/upper`, { method: "POST", body: "a", headers: { origin } });
  for (let at = 0; at < 20; at += 1) await (await call(`https://${at}.org`)).text();
  const lines = logs.text.split("\n").filter((line) => line.includes("was refused"));
  const ofPage = lines.filter((line) => line.includes(`A web page of "${PAGE}" was refused`));
  assert.equal(ofPage.length, 1, "by the server that does not allow it");
  assert.equal(lines.filter((line) => line.includes('"https://a.org"')).length, 2);
  assert.match(ofPage[0] ?? "", /to allow its calls: --cors-origin, or the option cors/);
  assert.equal(lines.length, 2 + 10);
});
