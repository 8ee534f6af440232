import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallOptions, Code, ConnectError, createClient } from "@connectrpc/connect";
import { ServiceError } from "../../src/error.ts";
import { BentoService } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { Inference } from "../../src/gen/ekiben/v1/inference_pb.ts";
import { text } from "../../src/io/text.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { api } from "../../src/service/api.ts";
import type { Context } from "../../src/service/context.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { countsOf, fetchOf, PROTOCOLS, type Protocol, serviceOf, transportTo } from "./fixture.ts";

function streaming(handler: (input: string, context: Context) => AsyncIterable<string>) {
  return api({ input: text(), output: text() }, handler);
}

type Options = Parameters<typeof fetchOf>[1];

function open(protocol: Protocol, apis: Parameters<typeof fetchOf>[0], options: Options = {}) {
  return createClient(Inference, transportTo(fetchOf(apis, options), protocol));
}

type Client = ReturnType<typeof open>;

/** The texts of a stream. */
async function* textsOf(client: Client, apiName: string, value = "", options: CallOptions = {}) {
  const content = { case: "text", value: { value } } as const;
  for await (const { response } of client.callStream({ request: { apiName, content } }, options)) {
    assert.ok(response?.content.case === "text");
    yield response.content.value.value;
  }
}

async function failureOf(stream: AsyncIterable<string>): Promise<ConnectError> {
  try {
    await Array.fromAsync(stream);
  } catch (thrown) {
    assert.ok(thrown instanceof ConnectError);
    return thrown;
  }
  return assert.fail("the stream ended well");
}

for (const protocol of PROTOCOLS) {
  test(`CallStream sends the items of a handler over ${protocol}`, async () => {
    const letters = streaming(async function* (word) {
      yield* word;
    });
    let headers = new Headers();
    const onHeader = (received: Headers): void => {
      headers = received;
    };
    const texts = textsOf(open(protocol, { letters }), "letters", "añb", { onHeader });
    assert.deepEqual(await Array.fromAsync(texts), ["a", "ñ", "b"]);
    assert.match(headers.get("x-request-id") ?? "", /./);
    assert.deepEqual(await Array.fromAsync(textsOf(open(protocol, { letters }), "letters")), []);
  });

  test(`CallStream sends the headers that a handler sets over ${protocol}`, async () => {
    const named = streaming(async function* (word, { response }) {
      response.headers.set("x-made", word);
      if (word !== "empty") yield word;
    });
    for (const word of ["one", "empty"]) {
      let made: string | null = null;
      const onHeader = (received: Headers): void => {
        made = received.get("x-made");
      };
      await Array.fromAsync(textsOf(open(protocol, { named }), "named", word, { onHeader }));
      assert.equal(made, word);
    }
  });

  test(`CallStream ends with the error of a handler over ${protocol}`, async () => {
    using logged = silenced();
    const fails = streaming(async function* (code) {
      yield "first";
      throw code === "crash" ? new Error("password") : new ServiceError(code as never, "refused");
    });
    const headers = { "x-request-id": "abc-1" };
    const got: string[] = [];
    const stream = (async function* () {
      for await (const one of textsOf(open(protocol, { fails }), "fails", "not_found", {
        headers,
      })) {
        got.push(one);
        yield one;
      }
    })();
    const told = await failureOf(stream);
    assert.deepEqual([told.code, told.rawMessage, got], [Code.NotFound, "refused", ["first"]]);
    assert.match(told.metadata.get("x-request-id") ?? "", /abc-1/);
    const masked = await failureOf(textsOf(open(protocol, { fails }), "fails", "crash"));
    assert.deepEqual([masked.code, masked.rawMessage], [Code.Internal, "Internal error"]);
    assert.match(logged.text, /password/);
  });

  test(`CallStream carries one answer as a stream of one over ${protocol}`, async () => {
    const upper = api({ input: text(), output: text() }, (word) => word.toUpperCase());
    assert.deepEqual(await Array.fromAsync(textsOf(open(protocol, { upper }), "upper", "a")), [
      "A",
    ]);
  });

  test(`Call refuses an API that streams over ${protocol}`, async () => {
    const letters = streaming(async function* (word) {
      yield* word;
    });
    const client = createClient(BentoService, transportTo(fetchOf({ letters }), protocol));
    const content = { case: "text", value: { value: "ab" } } as const;
    await assert.rejects(
      client.call({ apiName: "letters", content }),
      (error: ConnectError) => error.code === Code.Unimplemented,
    );
  });

  test(`CallStream explains what is wrong with a request over ${protocol}`, async () => {
    const client = open(protocol, {});
    assert.equal((await failureOf(textsOf(client, "nothing"))).code, Code.NotFound);
    const empty = (async function* () {
      for await (const _ of client.callStream({})) yield "";
    })();
    assert.equal((await failureOf(empty)).code, Code.NotFound);
  });

  test(`CallStream computes no more items than are read over ${protocol}`, async () => {
    let made = 0;
    let isOver = false;
    const endless = streaming(async function* () {
      try {
        for (;;) yield "x".repeat(1000 + made++);
      } finally {
        isOver = true;
      }
    });
    const left = new AbortController();
    const { service } = serviceOf({ endless });
    const client = createClient(Inference, transportTo(rpcFetch(rpcRoutes(service)), protocol));
    const texts = textsOf(client, "endless", "", { signal: left.signal });
    for (let taken = 0; taken < 3; taken++) await texts.next();
    // What lies between has room for a few.
    assert.ok(made < 10, `${made} were made`);
    left.abort();
    await assert.rejects(texts.next());
    await until(() => isOver);
    await until(async () => (await countsOf(service))[0] === "endless 499: 1");
  });

  test(`CallStream abandons a handler over ${protocol} whose caller disconnects`, async () => {
    const clock = new FakeClock();
    const signals: AbortSignal[] = [];
    const hangs = streaming(async function* (_, { signal }) {
      signals.push(signal);
      yield "first";
      await new Promise(() => {});
    });
    const left = new AbortController();
    const texts = textsOf(open(protocol, { hangs }, { clock }), "hangs", "", {
      signal: left.signal,
    });
    assert.equal((await texts.next()).value, "first");
    const next = texts.next();
    left.abort();
    await assert.rejects(next);
    await until(() => signals[0]?.aborted === true);
    assert.equal(signals[0]?.reason.code, "canceled");
    clock.advance(60_000); // calls share a timer, which ends when there are none
    assert.equal(clock.pending, 0);
  });

  test(`CallStream has the time limit of an answer for each item over ${protocol}`, async () => {
    const clock = new FakeClock();
    let computes = Promise.withResolvers<void>();
    const slow = streaming(async function* () {
      for (let at = 0; ; at++) {
        yield `${at}`;
        computes.resolve();
        await new Promise<void>((resolve) => clock.after(at < 3 ? 4999 : 5000, resolve));
      }
    });
    const client = open(protocol, { slow }, { clock, timeoutMs: 5000, streamTimeoutMs: 9 });
    const texts = textsOf(client, "slow");
    assert.equal((await texts.next()).value, "0");
    for (let at = 1; at < 4; at++) {
      computes = Promise.withResolvers();
      const next = texts.next();
      await computes.promise;
      clock.advance(4999);
      assert.equal((await next).value, `${at}`);
    }
    computes = Promise.withResolvers();
    const last = failureOf(texts);
    await computes.promise;
    clock.advance(5000);
    const { code, rawMessage } = await last;
    assert.deepEqual(
      [code, rawMessage],
      [Code.DeadlineExceeded, "The request was not answered within 5 s"],
    );
  });

  test(`CallStream has the deadline of its caller for all items over ${protocol}`, async () => {
    const clock = new FakeClock();
    const hangs = streaming(async function* () {
      yield "first";
      clock.advance(60_000);
      yield "second";
      clock.advance(30_000);
      yield "third";
      clock.advance(10_000);
      await new Promise(() => {});
    });
    const client = open(protocol, { hangs }, { clock, timeoutMs: 500_000 });
    // Some of it has passed in real time.
    const header =
      protocol === "gRPC-Web" ? ["grpc-timeout", "100S"] : ["connect-timeout-ms", "100000"];
    const texts = textsOf(client, "hangs", "", { headers: [header as [string, string]] });
    for (const expected of ["first", "second", "third"]) {
      assert.equal((await texts.next()).value, expected);
    }
    assert.equal((await failureOf(texts)).code, Code.DeadlineExceeded);
  });

  test(`CallStream is refused over ${protocol} during a stop`, async () => {
    const { service } = serviceOf({});
    service.drain();
    const client = createClient(Inference, transportTo(rpcFetch(rpcRoutes(service)), protocol));
    assert.equal((await failureOf(textsOf(client, "x"))).code, Code.Unavailable);
  });
}
