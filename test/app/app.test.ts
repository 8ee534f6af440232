import assert from "node:assert/strict";
import { test } from "node:test";
import { api, app, json, runner, type ServiceOptions, service, text } from "ekiben";
import { Hono } from "hono";
import { type App, openApp } from "../../src/app/app.ts";
import counting from "../runner/fixtures/counting.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

const apis = {
  greet: api({ input: text(), output: text() }, (name) => `Hello, ${name}`),
};

interface Opened {
  readonly tested: App;
  readonly clock: FakeClock;
  /** The number of starts so far. */
  readonly starts: () => number;
  /** Ends the start under way, with an error if there is one. */
  readonly settle: (failure?: Error) => void;
}

/** An application whose starts last until a test ends them. */
function open(more: Partial<ServiceOptions<typeof apis>> = {}, timeoutMs = 60_000): Opened {
  const starts: PromiseWithResolvers<void>[] = [];
  const onStart = (): Promise<void> => {
    const start = Promise.withResolvers<void>();
    starts.push(start);
    return start.promise;
  };
  const clock = new FakeClock();
  const tested = openApp(service("tested", { apis, onStart, ...more }), { timeoutMs }, { clock });
  const settle = (failure?: Error): void => {
    const start = starts.at(-1);
    if (failure === undefined) start?.resolve();
    else start?.reject(failure);
  };
  return { tested, clock, starts: () => starts.length, settle };
}

async function call(tested: Hono, path = "/greet"): Promise<Response> {
  return await tested.request(path, { method: "POST", body: "Ada" });
}

/** The same call over each protocol that HTTP carries. */
const calls: readonly (readonly [string, (tested: Hono) => Promise<Response>])[] = [
  ["REST", (tested) => call(tested)],
  [
    "Connect",
    async (tested) =>
      await tested.request("/bentoml.grpc.v1.BentoService/Call", {
        method: "POST",
        body: JSON.stringify({ apiName: "greet", text: "Ada" }),
        headers: { "content-type": "application/json" },
      }),
  ],
  [
    "gRPC-Web",
    async (tested) =>
      await tested.request("/bentoml.grpc.v1.BentoService/Call", {
        method: "POST",
        body: Uint8Array.of(0, 0, 0, 0, 0),
        headers: { "content-type": "application/grpc-web+proto" },
      }),
  ],
];

test("app() starts a service once, at its first calls, which wait for it", async () => {
  using _ = silenced();
  const { tested, starts, settle } = open();
  const answers = Promise.all(calls.map(([, send]) => send(tested)));
  const ready = tested.ready();
  await until(() => starts() > 0);
  settle();
  await ready;
  const [rest, connect, web] = await answers;
  assert.equal(await rest?.text(), "Hello, Ada");
  assert.match((await connect?.text()) ?? "", /Hello, Ada/);
  assert.equal(web?.status, 200);
  await tested.ready();
  assert.equal(starts(), 1);
  await tested.close();
});

test("app() does not start a service for requests that do not need it", async () => {
  using _ = silenced();
  const { tested, starts, settle } = open();
  const needless = [
    ["GET", "/livez", 200],
    ["GET", "/healthz", 200],
    ["GET", "/metrics", 200],
    ["GET", "/docs.json", 200],
    ["GET", "/greet", 405],
    ["POST", "/unknown", 404],
  ] as const;
  for (const [method, path, status] of needless) {
    assert.equal((await tested.request(path, { method })).status, status, path);
  }
  assert.equal(starts(), 0);
  const before = await tested.request("/readyz");
  assert.deepEqual([before.status, starts()], [503, 1], "a probe starts it, and does not wait");
  assert.match(await before.text(), /The service is starting/);
  settle();
  await tested.ready();
  assert.equal((await tested.request("/readyz")).status, 200);
  await tested.close();
});

test("app() reports a failed start as 503, and tries again after a time that doubles", async () => {
  using logged = silenced();
  const { tested, clock, starts, settle } = open();
  for (const [at, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
    const waiting = calls[at % calls.length]?.[1](tested);
    await until(() => starts() === at + 1);
    settle(new Error(`No model ${at}`));
    await waiting;
    for (const [protocol, send] of calls) {
      const answer = await send(tested);
      const body = await answer.text();
      const status = answer.headers.get("grpc-status");
      if (protocol === "gRPC-Web") assert.ok(status === "14" || /14/.test(body), body);
      else assert.equal(answer.status, 503, protocol);
      if (protocol === "REST") assert.equal(answer.headers.get("retry-after"), String(seconds));
      assert.doesNotMatch(body, /No model/, "the reason is for the log");
    }
    assert.match(logged.text, new RegExp(`No model ${at}`));
    assert.equal(starts(), at + 1, "calls do not try again at once");
    clock.advance(seconds * 1000);
  }
  const answer = call(tested);
  await until(() => starts() === 8);
  settle();
  assert.equal((await answer).status, 200);
  await tested.close();
});

test("app().ready() throws why a service cannot start, and the next one tries again", async () => {
  using _ = silenced();
  const { tested, starts, settle } = open();
  const [first, second] = [tested.ready(), tested.ready()];
  settle(new Error("No model"));
  await assert.rejects(first, /onStart of service "tested" failed: No model/);
  await assert.rejects(second, /No model/);
  const third = tested.ready();
  settle();
  await third;
  assert.equal(starts(), 2);
  await tested.close();
});

test("app() bounds the wait for a start by the time and the number of calls", async () => {
  using _ = silenced();
  const { tested, clock, settle } = open({}, 5000);
  const late = call(tested);
  await until(() => clock.pending > 0);
  clock.advance(5000);
  assert.deepEqual([(await late).status, (await late).headers.get("retry-after")], [503, "1"]);
  const stated = { "request-timeout": "0.2", "connect-timeout-ms": "200", "grpc-timeout": "200m" };
  for (const header of Object.entries(stated)) {
    const init = { method: "POST", body: "Ada", headers: [header] };
    const hurried = tested.request("/greet", init);
    await until(() => clock.pending > 0);
    clock.advance(200);
    assert.equal((await hurried).status, 503, header[0]);
  }
  const many = Array.from({ length: 1001 }, () => call(tested));
  const first = await Promise.race(many);
  assert.equal(first.status, 503, "the one too many");
  assert.match(await first.text(), /"The service is still starting","code":"unavailable"/);
  settle();
  const statuses = (await Promise.all(many)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 1000);
  await tested.close();
});

test("app() can be mounted in another application, behind its middleware", async () => {
  using _ = silenced();
  const { tested, settle } = open();
  const ready = tested.ready();
  settle();
  await ready;
  const site = new Hono()
    .use("/ml/*", async (c, next) => {
      if (c.req.header("authorization") !== "Bearer key") return c.text("who?", 401);
      await next();
      c.header("x-site", "1");
      return undefined;
    })
    .route("/ml", tested)
    .route("/:tenant/models", tested)
    .get("/", (c) => c.text("home"));
  const headers = { authorization: "Bearer key" };
  const post = { method: "POST", body: "Ada", headers };
  assert.equal((await site.request("/ml/greet", { method: "POST", body: "Ada" })).status, 401);
  const answer = await site.request("/ml/greet", post);
  assert.deepEqual([await answer.text(), answer.headers.get("x-site")], ["Hello, Ada", "1"]);
  assert.equal(await (await site.request("/a/models/greet", post)).text(), "Hello, Ada");
  assert.equal(await (await site.request("/")).text(), "home");
  for (const path of ["/livez", "/readyz", "/metrics", "/docs.json"]) {
    assert.equal((await site.request(`/ml${path}`, { headers })).status, 200, path);
  }
  const docs = (await (await site.request("/ml/docs.json", { headers })).json()) as {
    readonly servers: readonly { readonly url: string }[];
    readonly paths: Readonly<Record<string, unknown>>;
  };
  const { url = "" } = docs.servers[0] ?? {};
  const base = new URL(url, "http://site/ml/docs.json");
  assert.ok("/greet" in docs.paths);
  assert.equal(new URL("./greet", base).pathname, "/ml/greet");
  const connect = await site.request("/ml/bentoml.grpc.v1.BentoService/Call", {
    method: "POST",
    body: JSON.stringify({ apiName: "greet", text: "Ada" }),
    headers: { ...headers, "content-type": "application/json" },
  });
  assert.match(await connect.text(), /Hello, Ada/);
  const missing = await site.request("/ml/unknown", { headers });
  assert.deepEqual([missing.status, missing.headers.get("x-site")], [404, "1"]);
  const head = await site.request("/ml/docs.json", { method: "HEAD", headers });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  await tested.close();
});

test("app() starts the workers of runners, and shares them with another application", async () => {
  using _ = silenced();
  const pool = runner(counting, { name: "counting", workers: 1, params: {} });
  const measured = service("tested", {
    runners: [pool],
    apis: { ready: api({ input: json(), output: json() }, () => pool.stats().ready) },
  });
  const [one, other] = [openApp(measured, {}, {}), openApp(measured, {}, {})];
  const answers = await Promise.all(
    [one, other].map((each) =>
      each.request("/ready", {
        method: "POST",
        body: "{}",
      }),
    ),
  );
  for (const answer of answers) assert.equal(await answer.text(), "1");
  await one.close();
  assert.equal(pool.stats().ready, 0);
});

test("app() starts a service for its mounts, with any method", async () => {
  using _ = silenced();
  const mount = { "/site": new Hono().get("/where", (c) => c.text(c.req.path)) };
  const { tested, starts, settle } = open({ mount });
  const answer = tested.request("/site/where");
  await until(() => starts() === 1);
  settle();
  assert.equal(await (await answer).text(), "/where");
  const outer = new Hono().route("/ml", tested);
  assert.equal(await (await outer.request("/ml/site/where")).text(), "/where");
  await tested.close();
});

test("app() refuses invalid options", () => {
  const tested = service("tested", { apis });
  assert.throws(() => openApp(tested, { graceMs: -1 }, {}), /"graceMs" must be a whole number/);
  const misspelt = { timeout: 1 } as object;
  assert.throws(() => openApp(tested, misspelt, {}), /app\(\) with the option "timeout"/);
  assert.throws(() => openApp(tested, { timeoutMs: 0 }, {}), /"timeoutMs" must be a whole number/);
});

test("app() answers a host that gives a request only to functions of one parameter", () => {
  const { tested } = open();
  assert.equal(tested.fetch.length, 1); // Deno.serve
});

test("app() refuses routes and middleware of its own, which would never run", () => {
  const { tested } = open();
  assert.throws(
    () => tested.use(async (_, next) => await next()),
    /Cannot call use\(\) of app\(\)/,
  );
  assert.throws(() => tested.get("/more", (c) => c.text("more")), /new Hono\(\)\.use/);
});

test("app() refuses what is no service, and values that an option cannot have", () => {
  const none = undefined as unknown as Parameters<typeof app>[0];
  assert.throws(() => app(none), /^TypeError: Cannot call app\(\): it needs what service\(\)/);
  const tested = service("tested", { apis });
  const wrong: readonly object[] = [{ backend: "gpu" }, { reflection: "no" }, { metrics: "x" }];
  for (const options of wrong) {
    const [name = ""] = Object.keys(options);
    assert.throws(() => app(tested, options), new RegExp(`"${name}" must be `));
  }
});

test("app() that is closed while it starts logs no failure", async () => {
  const { tested, settle } = open();
  using log = silenced();
  const ready = assert.rejects(tested.ready(), /The application was closed while it started/);
  const closing = tested.close();
  settle(new Error("stopped"));
  await ready;
  await closing;
  assert.doesNotMatch(log.text, /could not start/);
});
