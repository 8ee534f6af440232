import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  createHandlerContext,
  type HandlerContext,
} from "@connectrpc/connect";
import { ServiceError } from "../../src/error.ts";
import { Health } from "../../src/gen/grpc/health/v1/health_pb.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { contextOf } from "../../src/rpc/handler-context.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import type { Context } from "../../src/service/context.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { countsOf, PROTOCOLS, type Protocol, serviceOf, transportTo } from "./fixture.ts";
import { Greeter, type Hello } from "./greeter.ts";

/** Connect cannot type one of a service that is known at run time alone. */
type Implementation = Readonly<Record<string, unknown>>;
type Options = Parameters<typeof rpcRoutes>[1];

/** The client of a service that is known at run time alone. */
interface GreeterClient {
  greet(hello: Hello, options?: object): Promise<Hello>;
  greetMany(hello: Hello, options?: object): AsyncIterable<Hello>;
  greetAll(hellos: AsyncIterable<Hello>): Promise<Hello>;
  chat(hellos: AsyncIterable<Hello>): AsyncIterable<Hello>;
}

function open(protocol: Protocol, implementation: Implementation, options: Options = {}) {
  const routes = (router: ConnectRouter) => void router.service(Greeter, implementation as never);
  const { service } = serviceOf({}, routes);
  const rpc = rpcFetch(rpcRoutes(service, options));
  const client = createClient(Greeter, transportTo(rpc, protocol)) as unknown as GreeterClient;
  return { service, client };
}

async function* hellos(...names: readonly string[]): AsyncGenerator<Hello> {
  for (const name of names) yield { name };
}

const isError = (code: Code, words: string) => (thrown: unknown) =>
  thrown instanceof ConnectError && thrown.code === code && thrown.rawMessage === words;

for (const protocol of PROTOCOLS) {
  test(`rpcRoutes() mounts methods of every kind over ${protocol}`, async () => {
    const { client } = open(protocol, {
      greet: ({ name }: Hello) => ({ name: `Hello ${name}` }),
      async *greetMany({ name }: Hello) {
        yield* hellos(`${name} 1`, `${name} 2`);
      },
      async greetAll(all: AsyncIterable<Hello>) {
        return { name: (await Array.fromAsync(all, ({ name }) => name)).join() };
      },
      async *chat(all: AsyncIterable<Hello>) {
        for await (const { name } of all) yield { name: `Hello ${name}` };
      },
    });
    const namesOf = (stream: AsyncIterable<Hello>) => Array.fromAsync(stream, ({ name }) => name);
    assert.equal((await client.greet({ name: "Ada" })).name, "Hello Ada");
    assert.deepEqual(await namesOf(client.greetMany({ name: "a" })), ["a 1", "a 2"]);
    if (protocol === "gRPC-Web") return; // whose clients send one message alone
    assert.equal((await client.greetAll(hellos("a", "b"))).name, "a,b");
    assert.deepEqual(await namesOf(client.chat(hellos("a", "b"))), ["Hello a", "Hello b"]);
  });

  test(`rpcRoutes() passes mounted methods over ${protocol} a Context`, async () => {
    const clock = new FakeClock();
    const contexts: Context[] = [];
    const { client } = open(
      protocol,
      {
        greet(_: Hello, handler: HandlerContext) {
          const context = contextOf(handler);
          contexts.push(context);
          assert.equal(context.deadlineAt, 5000);
          context.response.headers.set("x-made", "here");
          return { name: context.requestId };
        },
        async *greetMany(_: Hello, handler: HandlerContext) {
          const context = contextOf(handler);
          assert.equal(context.deadlineAt, 9000);
          context.response.headers.set("x-made", "there");
          yield* hellos(context.headers.get("x-say") ?? "");
        },
      },
      { clock, timeoutMs: 5000, streamTimeoutMs: 9000 },
    );
    let made: string | null = null;
    const options = {
      headers: { "x-request-id": "abc-1", "x-say": "hello" },
      onHeader: (headers: Headers) => {
        made = headers.get("x-made");
      },
    };
    assert.equal((await client.greet({ name: "" }, options)).name, "abc-1");
    assert.equal(made, "here");
    const [many] = await Array.fromAsync(client.greetMany({ name: "" }, options));
    assert.deepEqual([many?.name, made], ["hello", "there"]);
    await until(() => clock.pending === 1);
    clock.advance(1000); // unary calls share a timer, which ends when there are none
    assert.equal(clock.pending, 0);
  });

  test(`rpcRoutes() sends errors of mounted methods over ${protocol} as of APIs`, async () => {
    using logged = silenced();
    const thrown: Readonly<Record<string, unknown>> = {
      service: new ServiceError("unavailable", "busy"),
      connect: new ConnectError("mine", Code.Aborted, { "x-why": "so" }),
      crash: new Error("password"),
    };
    const { client } = open(protocol, {
      greet({ name }: Hello) {
        throw thrown[name];
      },
      // biome-ignore lint/correctness/useYield: it fails before it could
      async *greetMany({ name }: Hello) {
        throw thrown[name];
      },
    });
    for (const call of [client.greet, (hello: Hello) => Array.fromAsync(client.greetMany(hello))]) {
      await assert.rejects(call({ name: "service" }), isError(Code.Unavailable, "busy"));
      await assert.rejects(call({ name: "crash" }), isError(Code.Internal, "Internal error"));
      await assert.rejects(call({ name: "connect" }), (error: ConnectError) => {
        assert.equal(error.metadata.get("x-why"), "so");
        assert.match(error.metadata.get("x-request-id") ?? "", /./);
        return isError(Code.Aborted, "mine")(error);
      });
    }
    assert.match(logged.text, /example\.Greeter\/GreetMany.*password/);
    assert.doesNotMatch(logged.text, /busy|mine/);
    await assert.rejects(
      client.greetAll(hellos()),
      protocol === "gRPC-Web"
        ? /./
        : isError(Code.Unimplemented, "example.Greeter.GreetAll is not implemented"),
    );
  });

  test(`rpcRoutes() bounds and counts mounted methods over ${protocol}`, async () => {
    const clock = new FakeClock();
    const begun = Promise.withResolvers<void>();
    const { service, client } = open(
      protocol,
      {
        greet({ name }: Hello) {
          if (name !== "hang") return { name };
          begun.resolve();
          return new Promise(() => {});
        },
        async *greetMany() {
          yield { name: "first" };
          await new Promise(() => {});
        },
      },
      { clock, timeoutMs: 1000, streamTimeoutMs: 2000 },
    );
    await client.greet({ name: "" });
    const hangs = client.greet({ name: "hang" });
    await begun.promise;
    clock.advance(1000);
    await assert.rejects(hangs, (error: ConnectError) => error.code === Code.DeadlineExceeded);
    const many = client.greetMany({ name: "" })[Symbol.asyncIterator]();
    await many.next();
    const next = many.next();
    clock.advance(2000);
    await assert.rejects(next, (error: ConnectError) => error.code === Code.DeadlineExceeded);
    assert.deepEqual(await countsOf(service), [
      "example.Greeter/Greet 200: 1",
      "example.Greeter/Greet 504: 1",
      "example.Greeter/GreetMany 504: 1",
    ]);
  });
}

test("rpcRoutes() mounts single methods", async () => {
  const greet = Greeter.method["greet"];
  assert.ok(greet?.methodKind === "unary");
  const routes = (router: ConnectRouter) =>
    void router.rpc(greet, (() => ({ name: "one" })) as never);
  const transport = transportTo(rpcFetch(rpcRoutes(serviceOf({}, routes).service)), "Connect JSON");
  const client = createClient(Greeter, transport) as unknown as GreeterClient;
  assert.equal((await client.greet({ name: "" })).name, "one");
});

test("rpcRoutes() refuses a method that is mounted twice", () => {
  const mounted = (routes: (router: ConnectRouter) => void) => () =>
    rpcFetch(rpcRoutes(serviceOf({}, routes).service));
  assert.throws(
    mounted((router) => void router.service(Health, {})),
    { name: "TypeError", message: "Cannot offer /grpc.health.v1.Health/Check twice" },
  );
  assert.throws(
    mounted((router) => void router.service(Greeter, {}).service(Greeter, {})),
    { name: "TypeError", message: "Cannot offer /example.Greeter/Greet twice" },
  );
});

test("contextOf() refuses a call that the service did not mount", () => {
  const handler = createHandlerContext({
    service: Health,
    method: Health.method.check,
    protocolName: "grpc",
    requestMethod: "POST",
    url: "http://test",
  });
  assert.throws(() => contextOf(handler), /^TypeError: grpc\.health\.v1\.Health has no Context/);
});

test("rpcRoutes() refuses invalid times", () => {
  for (const option of ["timeoutMs", "streamTimeoutMs"]) {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => rpcRoutes(serviceOf({}).service, { [option]: value }), RangeError);
    }
  }
});
