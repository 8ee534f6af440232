/** The access log of a server, over every protocol. */
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { configureSync, resetSync } from "@logtape/logtape";
import { api, runner, ServiceError, service, tensor, text } from "ekiben";
import { type ServeOptions, serve } from "ekiben/serve";
import { Hono } from "hono";
import { fetch } from "../support/fetch.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import batched from "./cases/batched.ts";
import { CALLERS } from "./every-protocol.ts";

function logged() {
  const numbers = runner(batched, { name: "numbers", isolation: "inline" });
  return service("logged", {
    runners: [numbers],
    mount: { "/admin": new Hono().get("/users", (c) => c.text("none")) },
    apis: {
      rows: api({ input: text(), output: text() }, async (value, context) => {
        if (value === "fault") throw new ServiceError("failed_precondition", "not today");
        const rows = Number(value);
        await numbers.double(tensor("float32", [rows, 2], new Float32Array(2 * rows)), context);
        return value;
      }),
    },
  });
}

const open = (options: ServeOptions = {}) =>
  serve(logged(), { port: 0, grpcPort: 0, host: "127.0.0.1", signals: false, ...options });

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const HEADERS = {
  "x-request-id": "the-request",
  traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
};

const CALL = "/bentoml.grpc.v1.BentoService/Call";

/** The paths and the protocols of the callers. */
const PATHS: Readonly<Record<string, readonly [path: string, protocol: string]>> = {
  REST: ["/rows", "rest"],
  Connect: [CALL, "connect"],
  "a Connect stream": ["/ekiben.v1.Inference/CallStream", "connect"],
  "gRPC-Web": [CALL, "grpc-web"],
  gRPC: [CALL, "grpc"],
  "Connect over HTTP/2": [CALL, "connect"],
};

test("a server logs one line for each request, over every protocol", async () => {
  using log = silenced();
  await using server = await open();
  for (const [name, call] of Object.entries(CALLERS)) {
    const [path, protocol] = PATHS[name] ?? [];
    for (const [value, status, rows] of [
      ["3", 200, 3],
      ["fault", 422, undefined],
    ] as const) {
      const isPlain = name === "Connect over HTTP/2"; // it sends no headers of its own
      await call(server, "rows", value, HEADERS);
      await until(() => log.requests.length > 0);
      const { duration_ms, request_id, trace_id, content_length, content_type, ...rest } =
        log.requests[0] ?? {};
      assert.deepEqual(
        rest,
        {
          ...{ method: "POST", path, status, protocol, api: "rows", rows, batch: rows },
          ...{ span_id: undefined, key: undefined, response_type: undefined },
          ...{ peer: "127.0.0.1", response_length: undefined },
        },
        `${name} ${value}`,
      );
      assert.ok(typeof duration_ms === "number" && duration_ms > 0, name);
      if (!isPlain) assert.deepEqual([request_id, trace_id], ["the-request", TRACE], name);
      assert.match(String(content_type), /^(text\/plain|application\/)/, name);
      (log.requests as unknown[]).length = 0;
    }
  }
});

type Fields = Readonly<Record<string, unknown>>;

/** Requests that no API takes, and their lines. */
const OTHERS: readonly (readonly [path: string, init: RequestInit, fields: Fields | undefined])[] =
  [
    ["/livez", {}, undefined],
    ["/readyz?verbose", {}, undefined],
    ["/metrics", {}, undefined],
    ["/nothing?token=abc&x=1", {}, { method: "GET", path: "/nothing?token=***&x=1", status: 404 }],
    ["/rows", {}, { method: "GET", path: "/rows", status: 405 }],
    ["/admin/users", {}, { method: "GET", path: "/admin/users", status: 200 }],
    ["/docs.json", { method: "HEAD" }, { method: "HEAD", path: "/docs.json", status: 200 }],
    [
      "/some.Service/Method",
      { method: "POST", headers: { "content-type": "application/grpc-web+proto" }, body: "" },
      { method: "POST", path: "/some.Service/Method", status: 501 },
    ],
    ["/rows", { method: "POST", body: "9", headers: HEADERS }, { request_id: "the-request" }],
  ];

test("a server logs requests that no API takes, but neither probes nor scrapes", async () => {
  using log = silenced();
  await using server = await open();
  const lines = log.requests as Fields[];
  for (const [path, init, fields] of OTHERS) {
    const response = await fetch(`${server.url}${path}`, init);
    await response.bytes();
    if (fields === undefined) continue;
    await until(() => lines.length > 0);
    const line = lines.shift() ?? {};
    const seen = Object.fromEntries(Object.keys(fields).map((key) => [key, line[key]]));
    assert.deepEqual(seen, fields, path);
    const sent = response.headers.get("x-request-id");
    // A mounted application answers with its own headers alone.
    if (sent !== null) assert.equal(line["request_id"], sent, path);
  }
  const session = connect(`http://127.0.0.1:${server.grpcPort}`);
  const stream = session.request({ ":path": "/what?key=1", "x-request-id": "two" });
  await new Promise((resolve) => stream.on("response", resolve).end());
  session.close();
  await until(() => lines.length > 0);
  const { method, path, status, request_id } = lines.shift() ?? {};
  assert.deepEqual([method, path, status, request_id], ["GET", "/what?key=***", 404, "two"]);
  assert.deepEqual(lines, []);
});

test("accessLog leaves out what it is told to", async () => {
  using log = silenced();
  {
    await using server = await open({
      accessLog: {
        sample: 0,
        skipPaths: ["/nothing"],
        requestContentType: false,
        responseContentLength: true,
      },
    });
    const post = (path: string, body: string) =>
      fetch(`${server.url}${path}`, { method: "POST", body }).then((response) => response.text());
    await post("/rows", "1");
    await post("/nothing", "");
    await post("/rows", "fault");
    await fetch(`${server.url}/livez`).then((response) => response.text());
    await until(() => log.requests.length > 0);
    const [{ path, status, content_type, response_length } = {}] = log.requests;
    assert.deepEqual([path, status, content_type], ["/rows", 422, undefined]);
    assert.ok(Number(response_length) > 10);
  }
  assert.equal(log.requests.length, 1);
  {
    await using server = await open({ accessLog: false });
    await fetch(`${server.url}/nothing`).then((response) => response.text());
  }
  {
    const config = { api_server: { logging: { access: { enabled: false } } } };
    await using server = await open({ config });
    await fetch(`${server.url}/nothing`).then((response) => response.text());
  }
  assert.equal(log.requests.length, 1);
});

test("a program that configures LogTape decides where the lines of requests go", async () => {
  const seen: string[] = [];
  configureSync({
    reset: true,
    sinks: { own: ({ message }) => void seen.push(message.join("")) },
    loggers: [
      { category: ["ekiben", "access"], lowestLevel: "info", sinks: ["own"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  try {
    await using server = await open();
    await fetch(`${server.url}/nothing`).then((response) => response.text());
    await until(() => seen.length > 0);
    assert.match(seen.join(), /^GET \/nothing 404 in [\d.]+ ms$/);
  } finally {
    resetSync();
  }
});

const wrong: readonly [accessLog: unknown, message: RegExp][] = [
  ["on", /"accessLog" must be true, false or an object/],
  [{ sample: 10 }, /"accessLog\.sample" must be a number from 0 to 1, but was 10/],
  [{ skip: [] }, /"accessLog" has no option "skip": /],
  [{ skipPaths: "/a" }, /"accessLog\.skipPaths" must be a list of paths/],
];
test("serve() refuses an accessLog that cannot be", async () => {
  for (const [accessLog, message] of wrong) {
    await assert.rejects(open({ accessLog } as ServeOptions), { message });
  }
});
