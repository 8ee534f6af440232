/** What handlers and interceptors are given is the same on both ways to answer a call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createContextKey, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import type { RpcOptions } from "../../../src/runtime/http2/rpc-handler.ts";
import { until } from "../../support/until.ts";
import { Echo } from "./echo-service.ts";
import { bytesValue, GrpcClient } from "./grpc-client.ts";
import { WAYS } from "./open-echo.ts";
import { openRoutes } from "./open-routes.ts";

const PATHS = ["/echo.Echo/Unary", "/echo.Echo/Repeat"] as const;

/** Calls a method whose handler does this. */
async function callWith(
  path: string,
  options: RpcOptions,
  look: (context: HandlerContext) => void,
  metadata: Readonly<Record<string, string>> = {},
) {
  const listener = await openRoutes(
    (router) =>
      router.service(Echo, {
        unary(request, context) {
          look(context);
          return request;
        },
        async *repeat(request, context) {
          look(context);
          yield request;
        },
      }),
    { host: "127.0.0.1", port: 0, ...options },
  );
  const client = new GrpcClient(`127.0.0.1:${listener.port}`);
  const deadline = Date.now() + 60_000;
  const outcome = await client.call(path, [bytesValue(3)], metadata, { deadline });
  client.close();
  await listener.close(0);
  return outcome;
}

const KEY = createContextKey("by default");

for (const path of PATHS) {
  test(`A handler's context has the same parts, itself or as a copy: ${path}`, async () => {
    const given = WAYS.map(async (way) => {
      const seen: unknown[] = [];
      const look = (context: HandlerContext): void => {
        const { method, service, signal, values, timeoutMs, ...rest } = { ...context };
        const { protocolName, requestMethod, url, requestHeader, ...out } = rest;
        seen.push([
          [method.name, service.typeName, protocolName, requestMethod],
          [signal.aborted, values.get(KEY), new URL(url).pathname],
          [...requestHeader].filter(([name]) => !/^(grpc-timeout|user-agent)$/.test(name)),
          [[...out.responseHeader], [...out.responseTrailer]],
        ]);
        assert.ok((timeoutMs() ?? 0) > 50_000 && (timeoutMs() ?? 0) <= 60_000);
      };
      await callWith(path, { shortPath: way === "short path" }, look, {
        note: "a",
        "x-request-id": "abc-1",
      });
      return seen;
    });
    const [short, universal] = await Promise.all(given);
    assert.equal(short?.length, 1);
    assert.deepEqual(short, universal);
  });

  for (const way of WAYS) {
    test(`The signal of a call is aborted when it ends: ${path}, by ${way}`, async () => {
      let signal: AbortSignal | undefined;
      const { code } = await callWith(path, { shortPath: way === "short path" }, (context) => {
        signal = context.signal;
        assert.equal(signal.aborted, false);
      });
      assert.equal(code, 0);
      await until(() => signal?.aborted === true);
    });

    test(`Interceptors run around a call, the first outermost: ${path}, by ${way}`, async () => {
      const order: string[] = [];
      const noting =
        (name: string): Interceptor =>
        (next) =>
        async (request) => {
          order.push(`${name} of ${request.method.name}`);
          request.contextValues.set(KEY, name);
          const response = await next(request);
          order.push(`${name} again`);
          response.header.set(name, "in the header");
          return response;
        };
      const options = {
        shortPath: way === "short path",
        interceptors: [noting("first"), noting("second")],
      };
      const { code, header } = await callWith(path, options, ({ values }) => {
        order.push(`the handler, with ${values.get(KEY)}`);
      });
      const name = path === "/echo.Echo/Unary" ? "Unary" : "Repeat";
      const inside = "the handler, with second";
      const around = ["second again", "first again"];
      assert.deepEqual(order, [
        `first of ${name}`,
        `second of ${name}`,
        ...(name === "Unary" ? [inside, ...around] : [...around, inside]),
      ]);
      assert.deepEqual([code, header?.get("first")], [0, ["in the header"]]);
    });
  }
}
