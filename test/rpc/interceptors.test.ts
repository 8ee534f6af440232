/** Connect's interceptors of a service, over every protocol, on both ways to answer a gRPC call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { api, ServiceError, service, text } from "ekiben";
import { BentoService, RequestSchema } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { Inference } from "../../src/gen/ekiben/v1/inference_pb.ts";
import { Health } from "../../src/gen/grpc/health/v1/health_pb.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { GrpcClient } from "../runtime/http2/grpc-client.ts";
import { openRoutes } from "../runtime/http2/open-routes.ts";
import { silenced } from "../support/silenced.ts";
import { PROTOCOLS, type Protocol, transportTo } from "./fixture.ts";
import { Greeter, type Hello } from "./greeter.ts";

/** The calls that pass through an interceptor, and what becomes of a call by its header `do`. */
function open(own?: Interceptor) {
  const seen: string[] = [];
  const noting =
    (name: string): Interceptor =>
    (next) =>
    async (request) => {
      seen.push(`${name} ${request.method.name}`);
      return await next(request);
    };
  const refusing: Interceptor = (next) => async (request) => {
    switch (request.header.get("do")) {
      case "refuse":
        throw new ConnectError("no", Code.PermissionDenied);
      case "refuse as a service":
        throw new ServiceError("unauthenticated", "who?", { retryAfterSeconds: 2 });
      case "crash":
        throw new Error("the password is 1234");
    }
    const response = await next(request);
    response.header.set("x-seen", "yes");
    if (!response.stream || request.header.get("do") !== "crash later") return response;
    async function* broken<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
      for await (const message of messages) {
        yield message;
        throw new Error("the password is 1234");
      }
    }
    return { ...response, message: broken(response.message) };
  };
  const words = { input: text(), output: text() };
  const definition = service("intercepted", {
    interceptors: [noting("first"), noting("second"), refusing],
    apis: {
      upper: api(words, (line) => line.toUpperCase()),
      many: api(words, async function* (line) {
        yield line;
        yield line;
      }),
    },
    rpc: (router) =>
      void router.service(
        Greeter,
        { greet: ({ name }: Hello) => ({ name }) } as never,
        own === undefined ? undefined : { interceptors: [own] },
      ),
  });
  return { seen, routes: rpcRoutes(definition) };
}

interface Answer {
  readonly code: string;
  readonly message: string;
  readonly metadata: Headers;
}

const content = { case: "text", value: { value: "a" } } as const;

async function callByConnect(
  { routes }: ReturnType<typeof open>,
  protocol: Protocol,
  method: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const transport = transportTo(rpcFetch(routes), protocol);
  let metadata = new Headers();
  const options = {
    headers,
    onHeader: (header: Headers) => {
      metadata = header;
    },
  };
  const greeter = createClient(Greeter, transport) as unknown as {
    greet(hello: Hello, given: typeof options): Promise<unknown>;
  };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    Call: () => createClient(BentoService, transport).call({ apiName: "upper", content }, options),
    CallStream: () =>
      Array.fromAsync(
        createClient(Inference, transport).callStream(
          { request: { apiName: "many", content } },
          options,
        ),
      ),
    Greet: () => greeter.greet({ name: "a" }, options),
    Check: () => createClient(Health, transport).check({}, options),
  };
  try {
    await calls[method]?.();
    return { code: "ok", message: "", metadata };
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    return {
      code: codeToString(error.code),
      message: error.rawMessage,
      metadata: error.metadata,
    };
  }
}

async function callByGrpc(
  { routes }: ReturnType<typeof open>,
  shortPath: boolean,
  method: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const listener = await openRoutes(routes, { host: "127.0.0.1", port: 0, shortPath });
  const client = new GrpcClient(`127.0.0.1:${listener.port}`);
  const request = (apiName: string) =>
    Buffer.from(toBinary(RequestSchema, fromJson(RequestSchema, { apiName, text: "a" })));
  const many = request("many");
  const [path, message] = {
    Call: ["/bentoml.grpc.v1.BentoService/Call", request("upper")],
    CallStream: [
      "/ekiben.v1.Inference/CallStream",
      Buffer.concat([Buffer.of(10, many.length), many]),
    ],
    Greet: ["/example.Greeter/Greet", Buffer.from("\n\u0001a")],
    Check: ["/grpc.health.v1.Health/Check", Buffer.alloc(0)],
  }[method] as [string, Buffer];
  const { code, details, header, trailer } = await client.call(path, [message], headers);
  client.close();
  await listener.close(0);
  const metadata = new Headers();
  for (const each of [header, trailer]) {
    for (const [name, value] of Object.entries(each?.getMap() ?? {})) {
      if (typeof value === "string") metadata.set(name, value);
    }
  }
  return { code: code === 0 ? "ok" : codeToString(code as Code), message: details, metadata };
}

type Opened = ReturnType<typeof open>;
type Call = (opened: Opened, method: string, headers?: Record<string, string>) => Promise<Answer>;

const WAYS: readonly (readonly [name: string, call: Call])[] = [
  ...PROTOCOLS.map((protocol): readonly [string, Call] => [
    protocol,
    (opened, method, headers = {}) => callByConnect(opened, protocol, method, headers),
  ]),
  ...[true, false].map((short): readonly [string, Call] => [
    `gRPC by the ${short ? "short path" : "universal way"}`,
    (opened, method, headers = {}) => callByGrpc(opened, short, method, headers),
  ]),
];

for (const [name, call] of WAYS) {
  for (const method of ["Call", "CallStream", "Greet"]) {
    test(`Interceptors run around ${method} over ${name}, the first outermost`, async () => {
      const opened = open();
      const { code, metadata } = await call(opened, method);
      assert.equal(code, "ok");
      assert.equal(metadata.get("x-seen"), "yes");
      assert.deepEqual(opened.seen, [`first ${method}`, `second ${method}`]);
    });

    test(`Interceptors refuse ${method} over ${name}`, async () => {
      using logged = silenced();
      const opened = open();
      const id = { "x-request-id": "abc-1" };
      for (const [what, code, message] of [
        ["refuse", "permission_denied", "no"],
        ["refuse as a service", "unauthenticated", "who?"],
        ["crash", "internal", "Internal error"],
      ] as const) {
        const answer = await call(opened, method, { do: what, ...id });
        assert.deepEqual([answer.code, answer.message], [code, message]);
        assert.equal(answer.metadata.get("x-request-id"), "abc-1");
        const retry = what === "refuse as a service" ? "2" : null;
        assert.equal(answer.metadata.get("retry-after"), retry);
      }
      assert.match(logged.text, new RegExp(`${method}.* threw while answering .*abc-1.*password`));
    });
  }

  test(`Interceptors may fail between the items of a stream over ${name}`, async () => {
    using logged = silenced();
    const { code, message } = await call(open(), "CallStream", { do: "crash later" });
    assert.deepEqual([code, message], ["internal", "Internal error"]);
    assert.match(logged.text, /password/);
  });

  test(`Interceptors do not run around health checks over ${name}`, async () => {
    const opened = open();
    assert.equal((await call(opened, "Check", { do: "refuse" })).code, "ok");
    assert.deepEqual(opened.seen, []);
  });

  test(`A mounted service over ${name} runs inherited and its own interceptors`, async () => {
    const order: string[] = [];
    const own: Interceptor = (next) => async (request) => {
      order.push("own");
      return await next(request);
    };
    const opened = open(own);
    assert.equal((await call(opened, "Greet")).code, "ok");
    assert.deepEqual([...opened.seen, ...order], ["first Greet", "second Greet", "own"]);
    const refused = await call(opened, "Greet", { do: "refuse" });
    assert.deepEqual([refused.code, order.length], ["permission_denied", 1]);
  });
}
