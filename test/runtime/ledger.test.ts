/** Every answer is counted once, also of refused requests, on every port and in every protocol. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { api, json, type Service, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { RequestSchema } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { serveGrpc } from "../../src/runtime/serve-grpc.ts";
import { linesOf } from "../support/exposition.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import {
  type Client,
  framed,
  http1Client,
  http2Client,
  type Sent,
  statusRead,
} from "./ledger-client.ts";
import { misshapen, unreadable } from "./ledger-refusals.ts";

const file = (name: string): string =>
  fileURLToPath(new URL(`http2/certificates/${name}`, import.meta.url));
const ca = readFileSync(file("authority.pem"));

/** A service with an answer that is held until all are let go. */
function observed() {
  const held: (() => void)[] = [];
  const seen = { streams: 0 };
  const definition = service("observed", {
    apis: {
      upper: api({ input: text(), output: text() }, (value) => value.toUpperCase()),
      double: api({ input: json<number>(), output: json() }, (value) => 2 * value),
      hold: api({ input: text(), output: text() }, async () => {
        await new Promise<void>((resolve) => held.push(resolve));
        return "released";
      }),
      endless: api({ input: text(), output: text() }, async function* (value) {
        seen.streams += 1;
        yield value;
        await new Promise(() => {});
      }),
    },
  });
  const release = (): void => {
    for (const free of held.splice(0)) free();
  };
  return { definition, held, seen, release };
}

type Observed = ReturnType<typeof observed>;

const BOUNDS = {
  port: 0,
  host: "127.0.0.1",
  signals: false,
  maxBodyBytes: 1000,
  maxConcurrentRpcs: 3,
  maxHeldBytes: 1500,
} as const;
const tls = { certFile: file("server.pem"), keyFile: file("server.key") };

/** How a service is served: a client for each of the protocols, and whether REST is there. */
type Opened = readonly [clients: readonly Client[], hasRest: boolean];
const servers: Readonly<
  Record<string, (definition: Service, cleanUp: AsyncDisposableStack) => Promise<Opened>>
> = {
  "two ports": async (definition, cleanUp) => {
    const { port } = cleanUp.use(await serve(definition, { ...BOUNDS, grpcPort: false }));
    return [[http1Client(port, undefined)], true];
  },
  "the port of gRPC": async (definition, cleanUp) => {
    const { grpcPort = 0 } = cleanUp.use(await serve(definition, { ...BOUNDS, grpcPort: 0 }));
    return [[http2Client(grpcPort, undefined)], false];
  },
  "one port": async (definition, cleanUp) => {
    const { port } = cleanUp.use(await serve(definition, { ...BOUNDS, onePort: true }));
    return [[http1Client(port, undefined), http2Client(port, undefined)], true];
  },
  TLS: async (definition, cleanUp) => {
    const { port } = cleanUp.use(await serve(definition, { ...BOUNDS, tls }));
    return [[http1Client(port, ca), http2Client(port, ca)], true];
  },
  "serveGrpc()": async (definition, cleanUp) => {
    const { port } = cleanUp.use(await serveGrpc(definition, { ...BOUNDS, metricsPort: 0 }));
    return [[http2Client(port, undefined)], false];
  },
  "serveGrpc() with TLS": async (definition, cleanUp) => {
    const options = { ...BOUNDS, metricsPort: 0, tls };
    const { port } = cleanUp.use(await serveGrpc(definition, options));
    return [[http2Client(port, ca)], false];
  },
};

const METHOD = "bentoml.grpc.v1.BentoService/Call";
const STREAM = "ekiben.v1.Inference/CallStream";

function content(apiName: string, value: string): Buffer {
  const message = { apiName, content: { case: "text", value: { value } } } as const;
  return Buffer.from(toBinary(RequestSchema, create(RequestSchema, message)));
}

const asJson = (apiName: string, value: string): string => JSON.stringify({ apiName, text: value });

/** A request for a call, in one of the protocols. */
function call(type: string, body: string | Buffer, headers: Sent["headers"] = {}): Sent {
  return { path: `/${METHOD}`, headers: { "content-type": type, ...headers }, body };
}

const CONNECT = "application/json";
const WEB = "application/grpc-web+proto";
const GRPC = "application/grpc";
const LARGE = "x".repeat(1200);
/** Two of these are more than all may hold, while each is a message that may be. */
const BULKY = "x".repeat(900);

/** Requests that have an answer: the labels that each is counted by, and its bytes. */
type Shape = readonly [counted: string, sent: Sent];

const rest: readonly Shape[] = [
  ["/upper", { path: "/upper", body: "a" }],
  ["/upper", { path: "/upper", body: LARGE }],
  ["/upper", { path: "/upper", method: "GET" }],
  ["/upper", { path: "/upper", body: "a", headers: { "content-encoding": "snappy" } }],
  ["/double", { path: "/double", body: "{" }],
  ["/livez", { path: "/livez", method: "GET" }],
  ["(unknown)", { path: "/nowhere", body: "a" }],
  ["(unknown)", { path: "/a.B/C", body: "", headers: { "content-type": "application/proto" } }],
  ["(unknown)", { path: "/a.B/C", body: framed(""), headers: { "content-type": WEB } }],
];

const calls: readonly Shape[] = [
  ["upper", call(CONNECT, asJson("upper", "a"))],
  ["(unknown)", call(CONNECT, asJson("nothing", "a"))],
  [METHOD, call(CONNECT, "{")],
  ["(unknown)", call(CONNECT, '{"nothing": 1}')],
  [METHOD, call("text/plain", asJson("upper", "a"))],
  [METHOD, call("application/connect+json", framed("{}"))],
  [METHOD, { path: `/${METHOD}`, method: "GET" }],
  [METHOD, { path: `/${METHOD}`, method: "PUT", body: "" }],
  [METHOD, call(CONNECT, "", { "content-encoding": "snappy" })],
  [METHOD, call(CONNECT, "", { "connect-timeout-ms": "soon" })],
  [METHOD, call(CONNECT, asJson("upper", LARGE))],
  [METHOD, call("application/proto", "\u0007\u0007")],
  ["upper", call(WEB, framed(content("upper", "a")))],
  ["(unknown)", call(WEB, framed(content("nothing", "a")))],
  [METHOD, call(WEB, framed(content("upper", LARGE)))],
  [METHOD, call(WEB, framed(content("upper", "a")), { "grpc-encoding": "snappy" })],
  [METHOD, call(WEB, framed(content("upper", "a")).subarray(0, 8))],
  [METHOD, call(WEB, framed("\u0007\u0007"))],
  [METHOD, call(WEB, "")],
  [STREAM, streamed("{")],
  ["(unknown)", streamed('{"nothing": 1}')],
  ["upper", streamed(`{"request": ${asJson("upper", "a")}}`)],
  ["(unknown)", streamed(`{"request": ${asJson("nothing", "a")}}`)],
  [STREAM, { ...streamed("{}"), method: "GET", body: "" }],
];

function streamed(message: string): Sent {
  const headers = { "content-type": "application/connect+json" };
  return { path: `/${STREAM}`, headers, body: framed(message) };
}

const grpcCalls: readonly Shape[] = [
  ["upper", call(GRPC, framed(content("upper", "a")))],
  ["upper", call("application/grpc+json", framed(asJson("upper", "a")))],
  ["(unknown)", call(GRPC, framed(content("nothing", "a")))],
  [METHOD, call(GRPC, framed(content("upper", LARGE)))],
  [METHOD, call(GRPC, framed(content("upper", "a")), { "grpc-encoding": "snappy" })],
  [METHOD, call(GRPC, framed(content("upper", "a")), { "grpc-timeout": "soon" })],
  [METHOD, call(GRPC, framed("\u0007\u0007"))],
  [METHOD, call(GRPC, framed(content("upper", "a")).subarray(0, 8))],
  [METHOD, call(GRPC, "")],
  [METHOD, call(GRPC, framed(content("upper", "a"), 1))],
  ["hold", call(GRPC, framed(content("hold", "")), { "grpc-timeout": "30m" })],
  ["(unknown)", { ...call(GRPC, framed("")), path: "/a.B/C" }],
  [
    "grpc.health.v1.Health/Check",
    { ...call(GRPC, framed("")), path: "/grpc.health.v1.Health/Check" },
  ],
  [
    "bentoml.grpc.v1.BentoService/ServiceMetadata",
    { ...call(GRPC, framed("")), path: "/bentoml.grpc.v1.BentoService/ServiceMetadata" },
  ],
];

/** How many answers there were, by what they count as and their status. */
class Ledger {
  readonly #counts = new Map<string, number>();

  add(counted: string, status: string | number, count = 1): void {
    const key = `${counted} ${status}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  get lines(): readonly string[] {
    return [...this.#counts].map(([key, count]) => `${key}: ${count}`).sort();
  }
}

/** What the metrics say of it: of requests that have ended, and of those under way. */
async function counted({ metrics }: Service, metric: string): Promise<readonly string[]> {
  const lines = await linesOf(metrics, `bentoml_api_server_request_${metric}{`);
  const ledger = new Ledger();
  for (const [line, count] of Object.entries(lines)) {
    if (count === 0) continue;
    // REST's unknown paths and unknown APIs have the same name by two labels.
    const name = /(?:endpoint|api_name)="([^"]+)"/.exec(line)?.[1] ?? "";
    ledger.add(name, /http_response_code="(\d+)"/.exec(line)?.[1] ?? "", count);
  }
  return ledger.lines;
}

/** Calls that wait for as many others as there may be at once, and one that is refused. */
async function overload(client: Client, { held, release }: Observed, ledger: Ledger) {
  const waiting = [1, 2, 3].map(() => client.send(call(GRPC, framed(content("hold", "")))));
  await until(() => held.length === 3);
  ledger.add(METHOD, statusRead(await client.send(call(GRPC, framed(content("upper", "a"))))));
  ledger.add(METHOD, statusRead(await client.send(call(CONNECT, asJson("upper", "a")))));
  release();
  for (const each of waiting) ledger.add("hold", statusRead(await each));
}

/** Two messages that are together more than may be held. */
async function fill(client: Client, { held, release }: Observed, ledger: Ledger) {
  const first = client.send(call(GRPC, framed(content("hold", BULKY))));
  await until(() => held.length === 1);
  const refused = await client.send(call(GRPC, framed(content("upper", BULKY))));
  ledger.add(METHOD, statusRead(refused));
  release();
  ledger.add("hold", statusRead(await first));
}

for (const [where, open] of Object.entries(servers)) {
  test(`Each answer of ${where} is counted once`, async () => {
    using _ = silenced();
    await using cleanUp = new AsyncDisposableStack();
    const fixture = observed();
    const { definition, held } = fixture;
    const [clients, hasRest] = await open(definition, cleanUp);
    for (const client of clients) cleanUp.use(client);
    const ledger = new Ledger();
    for (const client of clients) {
      const shapes = [...rest, ...calls, ...(client.http === "2" ? grpcCalls : [])];
      for (const [counts, sent] of shapes) {
        // Where there is gRPC alone, REST is unknown.
        const isKnown = hasRest || !rest.some(([, each]) => each === sent);
        ledger.add(isKnown ? counts : "(unknown)", statusRead(await client.send(sent)));
      }
      fixture.release();
      for (const sent of client.http === "1.1" ? misshapen : []) {
        ledger.add("(unknown)", statusRead(await client.send(sent)));
      }
      for (const [bytes, status] of Object.entries(unreadable)) {
        if (client.sendBytes === undefined) continue;
        assert.equal(await client.sendBytes(bytes), status, bytes.slice(0, 60));
        ledger.add("(unknown)", status);
      }
      if (client.http === "2") {
        await overload(client, fixture, ledger);
        await fill(client, fixture, ledger);
      }
      // Callers that disconnect get no answer, but are counted too.
      const begun = framed(content("upper", "a")).subarray(0, 8);
      await client.leave(call(client.http === "2" ? GRPC : WEB, begun), false, () =>
        until(async () => (await counted(definition, "in_progress")).length > 0),
      );
      ledger.add(METHOD, 499);
      const whole = call(WEB, framed(content("hold", "")));
      await client.leave(whole, true, () => until(() => held.length > 0));
      ledger.add("hold", 499);
      // In the middle of a stream.
      const request = `{"request": ${asJson("endless", "a")}}`;
      for (const [counts, sent] of [
        ["endless", streamed(request)],
        [hasRest ? "/endless" : "", { path: "/endless", body: "a" }],
      ] as const) {
        if (counts === "") continue;
        const before = fixture.seen.streams;
        await client.leave(sent, true, () => until(() => fixture.seen.streams > before));
        ledger.add(counts, 499);
      }
      await until(async () => (await counted(definition, "in_progress")).length === 0);
      fixture.release();
    }
    assert.deepEqual(await counted(definition, "total"), ledger.lines);
    assert.deepEqual(await counted(definition, "duration_seconds_count"), ledger.lines);
    assert.deepEqual(await counted(definition, "in_progress"), []);
  });
}
