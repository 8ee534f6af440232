import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import type { ServiceError } from "../../src/error.ts";
import { BentoService } from "../../src/gen/bentoml/grpc/v1/service_pb.ts";
import { rpcFetch } from "../../src/rpc/fetch.ts";
import { rpcRoutes } from "../../src/rpc/routes.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { exampleApis } from "./example-apis.ts";
import { fetchOf, PROTOCOLS, type Protocol, serviceOf, transportTo } from "./fixture.ts";
import { failureOf, say } from "./say.ts";

type Options = NonNullable<Parameters<typeof fetchOf>[1]>;

function open(protocol: Protocol, options: Options = {}, apis = exampleApis()) {
  return createClient(BentoService, transportTo(fetchOf(apis, options), protocol));
}

for (const protocol of PROTOCOLS) {
  test(`rpcRoutes() answers calls of APIs over ${protocol}`, async () => {
    const client = open(protocol);
    const { content } = await say(client, "upper", "grüße");
    assert.partialDeepStrictEqual(content, { case: "text", value: { value: "GRÜSSE" } });
    const ndarray = { dtype: 1 as const, shape: [1, 2], floatValues: [0.5, -1] };
    const doubled = await client.call({
      apiName: "double",
      content: { case: "ndarray", value: ndarray },
    });
    assert.partialDeepStrictEqual(doubled.content.value, { ...ndarray, floatValues: [1, -2] });
    const filled = await client.call({
      apiName: "fill",
      content: { case: "series", value: { floatValues: [0.5, Number.NaN] } },
    });
    assert.partialDeepStrictEqual(filled.content.value, { doubleValues: [0.5, 0] });
  });

  test(`rpcRoutes() receives metadata, and sends the handler's, over ${protocol}`, async () => {
    let headers = new Headers();
    const set: [string, string][] = [
      ["x-made", "1"],
      ["x-made", "2"],
      ["content-type", "text/evil"],
      ["content-length", "1"],
      ["transfer-encoding", "chunked"],
      ["grpc-status", "13"],
      ["x-request-id", "other"],
    ];
    const { content } = await open(protocol).call(
      {
        apiName: "respond",
        content: { case: "serializedBytes", value: new TextEncoder().encode(JSON.stringify(set)) },
      },
      {
        headers: { "x-say": "hello", "x-request-id": "abc-1" },
        onHeader: (received) => {
          headers = received;
        },
      },
    );
    assert.partialDeepStrictEqual(content, { value: { value: "hello" } });
    assert.equal(headers.get("x-made"), "1, 2");
    assert.equal(headers.get("x-request-id"), "abc-1");
    assert.doesNotMatch(headers.get("content-type") ?? "", /evil/);
  });

  test(`rpcRoutes() keeps the request ids of callers over ${protocol}`, async () => {
    const client = open(protocol);
    const idOf = async (sent?: string) => {
      const headers = sent === undefined ? {} : { "x-request-id": sent };
      return (await say(client, "identify", "", { headers })).content.value as { value: string };
    };
    assert.equal((await idOf("abc-1")).value, "abc-1");
    for (const sent of [undefined, "a b", "x".repeat(256), ""]) {
      assert.match((await idOf(sent)).value, /^[\da-f]{8}-/);
    }
  });

  test(`rpcRoutes() sends errors with status and request id over ${protocol}`, async () => {
    using _ = silenced();
    const client = open(protocol);
    const headers = { "x-request-id": "abc-1" };
    const statuses = {
      invalid_argument: Code.InvalidArgument,
      unsupported_media_type: Code.InvalidArgument,
      not_found: Code.NotFound,
      already_exists: Code.AlreadyExists,
      permission_denied: Code.PermissionDenied,
      payload_too_large: Code.ResourceExhausted,
      resource_exhausted: Code.ResourceExhausted,
      failed_precondition: Code.FailedPrecondition,
      unimplemented: Code.Unimplemented,
      unavailable: Code.Unavailable,
      deadline_exceeded: Code.DeadlineExceeded,
      unauthenticated: Code.Unauthenticated,
      canceled: Code.Canceled,
      internal: Code.Internal,
    };
    for (const [code, status] of Object.entries(statuses)) {
      const error = await failureOf(say(client, "refuse", code, { headers }));
      assert.deepEqual([error.code, error.rawMessage], [status, `refused as ${code}`]);
      assert.equal(error.metadata.get("x-request-id"), "abc-1");
      assert.equal(error.metadata.get("retry-after"), "7");
    }
  });

  test(`rpcRoutes() masks the errors of handlers over ${protocol}`, async () => {
    for (const [api, secret] of [
      ["crash", "password"],
      ["lie", "NaN"],
      ["refuse", "no code"],
    ] as const) {
      using logged = silenced();
      const error = await failureOf(
        say(open(protocol), api, secret, { headers: { "x-request-id": "abc-1" } }),
      );
      assert.deepEqual([error.code, error.rawMessage], [Code.Internal, "Internal error"], api);
      assert.match(
        logged.text,
        RegExp(`API .*${api}.* threw while answering request .*abc-1.*${secret}`),
      );
    }
  });

  test(`rpcRoutes() refuses invalid metadata over ${protocol}`, async () => {
    using logged = silenced();
    const value = new TextEncoder().encode(JSON.stringify([["x-made", "\u00fc"]]));
    const content = { case: "serializedBytes", value } as const;
    const error = await failureOf(open(protocol).call({ apiName: "respond", content }));
    assert.equal(error.code, Code.Internal);
    assert.match(logged.text, /"x-made" must be printable ASCII/);
  });

  test(`rpcRoutes() explains what is wrong with a request over ${protocol}`, async () => {
    const client = open(protocol);
    const unknown = await failureOf(say(client, "nothing"));
    assert.equal(unknown.code, Code.NotFound);
    assert.match(unknown.rawMessage, /^There is no API "nothing"; the service has upper, double, /);
    assert.equal((await failureOf(say(client, "toString"))).code, Code.NotFound);
    const unset = await failureOf(client.call({ apiName: "upper" }));
    assert.deepEqual(
      [unset.code, unset.rawMessage],
      [Code.InvalidArgument, '"field" cannot be empty.'],
    );
    const wrong = await failureOf(say(client, "double"));
    assert.equal(
      wrong.rawMessage,
      "'NumpyNdarray' accepts one of the following fields: 'ndarray,serialized_bytes' got " +
        "'text' instead.",
    );
  });

  test(`rpcRoutes() answers ${protocol} with BentoML's statuses by its option`, async () => {
    const client = open(protocol, { compatibility: true });
    const unknown = await failureOf(say(client, "nothing"));
    assert.deepEqual(
      [unknown.code, unknown.rawMessage],
      [Code.Internal, "given 'api_name' is not defined in example"],
    );
    const statuses = {
      not_found: Code.Unimplemented,
      resource_exhausted: Code.Unavailable,
      already_exists: Code.Unknown,
      unimplemented: Code.Unknown,
      invalid_argument: Code.InvalidArgument,
      failed_precondition: Code.FailedPrecondition,
    };
    for (const [code, status] of Object.entries(statuses)) {
      assert.equal((await failureOf(say(client, "refuse", code))).code, status, code);
    }
  });

  test(`rpcRoutes() ends calls over ${protocol} at the server's time limit`, async () => {
    for (const apiName of ["hang", "wait"]) {
      const clock = new FakeClock();
      const call = failureOf(say(open(protocol, { clock, timeoutMs: 100 }), apiName));
      await until(() => clock.pending === 1);
      clock.advance(100);
      const error = await call;
      assert.equal(error.code, Code.DeadlineExceeded);
      assert.equal(error.rawMessage, "The request was not answered within 0.1 s");
    }
  });

  test(`rpcRoutes() ends calls over ${protocol} at the caller's deadline`, async () => {
    const reason = Promise.withResolvers<unknown>();
    const clock = new FakeClock();
    const rpc = fetchOf(exampleApis(reason.resolve), { clock });
    // Sent by hand: a client with a deadline gives up by itself.
    const header =
      protocol === "gRPC-Web" ? ["grpc-timeout", "50000m"] : ["connect-timeout-ms", "50000"];
    const client = createClient(BentoService, transportTo(rpc, protocol));
    const call = failureOf(say(client, "wait", "", { headers: [header as [string, string]] }));
    await until(() => clock.pending === 1);
    clock.advance(50_000);
    assert.equal((await call).code, Code.DeadlineExceeded);
    assert.equal(((await reason.promise) as ServiceError).code, "deadline_exceeded");
  });

  test(`rpcRoutes() refuses calls over ${protocol} that are late already`, async () => {
    const header = protocol === "gRPC-Web" ? ["grpc-timeout", "0m"] : ["connect-timeout-ms", "0"];
    const headers = [header as [string, string]];
    const error = await failureOf(say(open(protocol), "upper", "", { headers }));
    assert.equal(error.code, Code.DeadlineExceeded);
  });

  test(`rpcRoutes() accepts a deadline over ${protocol} beyond the longest timer`, async () => {
    for (const header of [
      ["grpc-timeout", "99999999H"],
      ["connect-timeout-ms", "9999999999"],
    ]) {
      const headers = [header as [string, string]];
      const { content } = await say(open(protocol), "upper", "a", { headers });
      assert.partialDeepStrictEqual(content, { value: { value: "A" } });
    }
  });

  test(`rpcRoutes() aborts the signal of a caller over ${protocol} that disconnects`, async () => {
    const reason = Promise.withResolvers<unknown>();
    const left = new AbortController();
    const clock = new FakeClock();
    const client = open(protocol, { clock }, exampleApis(reason.resolve));
    const call = failureOf(say(client, "wait", "", { signal: left.signal, timeoutMs: 50_000 }));
    await until(() => clock.pending === 1);
    left.abort();
    assert.equal(((await reason.promise) as ServiceError).code, "canceled");
    assert.equal((await call).code, Code.Canceled);
    await until(() => clock.pending === 0);
  });

  test(`rpcRoutes() refuses calls over ${protocol} during a stop`, async () => {
    const { service } = serviceOf(exampleApis());
    const client = createClient(BentoService, transportTo(rpcFetch(rpcRoutes(service)), protocol));
    await say(client, "upper");
    service.drain();
    const error = await failureOf(say(client, "upper"));
    assert.deepEqual(
      [error.code, error.rawMessage],
      [Code.Unavailable, "The service is shutting down"],
    );
  });
}
