/** HTTP: requests that are refused, streams, probes, documents, mounts. */
import { api, json, text } from "ekiben";
import { Hono } from "hono";
import { BentoService } from "../../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { Health } from "../../../src/gen/grpc/health/v1/health_pb.ts";
import { ensure, equal, matches } from "./check.ts";
import { checkRefusal, type Exchange, type Refusal } from "./exchange.ts";
import type { Case } from "./target.ts";
import { FETCH_WIRES } from "./wires.ts";

const words = { input: text(), output: text() };

export const HTTP_APIS = {
  length: api({ input: text(), output: json<number>() }, (value) => value.length),
  letters: api(words, async function* (word) {
    for (const letter of word) yield letter;
  }),
  numbers: api({ input: json<number>(), output: json<{ at: number }>() }, async function* (count) {
    for (let at = 0; at < count; at++) yield { at };
  }),
  broken: api(words, async function* () {
    yield "an item";
    throw new Error("the password is 1234");
  }),
  routed: api({ ...words, route: "v1/routed" }, (value) => value),
};

interface Asked {
  readonly path: string;
  readonly init?: RequestInit;
  readonly refusal: Refusal;
  readonly headers?: Readonly<Record<string, string>>;
}

const ASKED: readonly Asked[] = [
  {
    path: "/upper",
    init: { method: "GET" },
    refusal: [405, "method_not_allowed", /^\/upper takes POST, not GET$/],
    headers: { allow: "POST" },
  },
  {
    path: "/upper",
    init: { method: "PUT", body: "x" },
    refusal: [405, "method_not_allowed", /PUT/],
  },
  { path: "/readyz", init: { method: "POST" }, refusal: [405, "method_not_allowed", /GET/] },
  {
    path: "/upper",
    init: { method: "POST", body: "x", headers: { "content-type": "text/plain; charset=latin1" } },
    refusal: [415, "unsupported_media_type", /latin1/],
  },
];

/** A path that the service does not have. */
export const UNKNOWN_PATH: Case = {
  name: "GET /nowhere is refused with 404",
  async run(target) {
    const words = /^There is nothing at \/nowhere; the service has /;
    await checkRefusal(await target.fetch("/nowhere"), [404, "not_found", words]);
  },
};

export const REFUSED: readonly Case[] = [
  ...ASKED.map(
    ({ path, init = {}, refusal, headers = {} }): Case => ({
      name: `${init.method ?? "GET"} ${path} is refused with ${refusal[0]}`,
      async run(target) {
        const response = await target.fetch(path, init);
        const given = Object.keys(headers).map((name) => response.headers.get(name));
        await checkRefusal(response, refusal);
        equal(given, Object.values(headers), "The headers");
      },
    }),
  ),
  ...FETCH_WIRES.map(
    (wire): Case => ({
      name: `an unknown API, over ${wire.name}`,
      async run(target) {
        const message = { apiName: "nowhere", text: "x" };
        const reply = await wire.send(target, { method: BentoService.method.call, message });
        equal(reply.code, "not_found");
        matches(reply.message, /^There is no API "nowhere"; the service has /);
      },
    }),
  ),
  {
    name: "an unknown method of a known service, over Connect",
    async run(target) {
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", body: "{}", headers };
      const response = await target.fetch("/bentoml.grpc.v1.BentoService/None", init);
      equal(response.status, 404, await response.text());
    },
  },
];

export const STREAMED: readonly Exchange[] = [
  { api: "letters", what: "pieces of a text", rest: ["abc", "abc"] },
  { api: "letters", what: "nothing", rest: ["", ""] },
  { api: "numbers", what: "JSON, one value a line", rest: ["2", '{"at":0}\n{"at":1}\n'] },
  {
    api: "numbers",
    what: "events",
    rest: [
      "2",
      async (response) => {
        matches(response.headers.get("content-type"), /^text\/event-stream/);
        equal(await response.text(), 'data: {"at":0}\n\ndata: {"at":1}\n\n');
      },
      { accept: "text/event-stream" },
    ],
  },
  { api: "numbers", what: "1,000 items", rest: ["1000", checkCount] },
];

async function checkCount(response: Response): Promise<void> {
  equal((await response.text()).split("\n").length, 1001, "The number of lines");
}

/** A stream without a form for errors ends before its end. */
export const RESET: Case = {
  name: "broken: a stream that fails is broken off",
  async run(target) {
    const response = await target.fetch("/broken", { method: "POST", body: "" });
    let given = "";
    let failure: unknown;
    try {
      for await (const chunk of response.body ?? []) given += new TextDecoder().decode(chunk);
    } catch (error) {
      failure = error;
    }
    equal(given, "an item");
    ensure(failure !== undefined, "The body came to its end, as if it were whole");
    ensure(!`${failure}`.includes("1234"), `The failure says too much: ${failure}`);
  },
};

export const mounted = new Hono()
  .get("/version", (c) => c.json({ version: "1.2.3" }))
  .post("/echo", async (c) => c.body(await c.req.text(), 201, { "x-made": "mounted" }));

export const MOUNTED: readonly Case[] = [
  {
    name: "a mounted application answers",
    async run(target) {
      const version = await target.fetch("/admin/version");
      equal(await version.json(), { version: "1.2.3" });
      const echo = await target.fetch("/admin/echo", { method: "POST", body: "hello" });
      equal(
        [echo.status, echo.headers.get("x-made"), await echo.text()],
        [201, "mounted", "hello"],
      );
      equal((await target.fetch("/admin/none")).status, 404);
    },
  },
];

export const PROBED: readonly Case[] = [
  ...["/livez", "/readyz", "/healthz"].map(
    (path): Case => ({
      name: `GET ${path}`,
      async run(target) {
        const response = await target.fetch(path);
        equal([response.status, await response.text()], [200, "\n"]);
      },
    }),
  ),
  ...FETCH_WIRES.map(
    (wire): Case => ({
      name: `the health check, over ${wire.name}`,
      async run(target) {
        const reply = await wire.send(target, { method: Health.method.check, message: {} });
        equal(reply.messages, [{ status: "SERVING" }]);
        const message = { service: "nowhere" };
        const unknown = await wire.send(target, { method: Health.method.check, message });
        equal(unknown.code, "not_found");
      },
    }),
  ),
];

export const DOCUMENTED: readonly Case[] = [
  {
    name: "GET /docs.json",
    async run(target) {
      const response = await target.fetch("/docs.json");
      const { openapi, paths } = (await response.json()) as {
        readonly openapi: string;
        readonly paths: Readonly<Record<string, object>>;
      };
      matches(openapi, /^3\./);
      for (const path of ["/upper", "/v1/routed", "/predict"]) ensure(path in paths, path);
    },
  },
  ...FETCH_WIRES.map(
    (wire): Case => ({
      name: `the metadata of the service, over ${wire.name}`,
      async run(target) {
        const { serviceMetadata: method } = BentoService.method;
        const { messages } = await wire.send(target, { method, message: {} });
        const { name, apis } = messages[0] as unknown as {
          name: string;
          apis: readonly { name: string }[];
        };
        equal(name, "every-place");
        ensure(
          apis.some((each) => each.name === "upper"),
          "upper is missing",
        );
      },
    }),
  ),
  {
    name: "an API with a route of its own",
    async run(target) {
      const response = await target.fetch("/v1/routed", { method: "POST", body: "x" });
      equal(await response.text(), "x");
      equal((await target.fetch("/routed", { method: "POST", body: "x" })).status, 404);
    },
  },
];
