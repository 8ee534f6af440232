/**
 * Calls while garbage is collected: on Node, a request that has been collected is not aborted, and
 * the body of a response that has been collected is cancelled; on Deno, it is not aborted.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { api, service, text } from "ekiben";
import { type ClientOptions, client } from "ekiben/client";
import { connectTransport } from "ekiben/client/connect";
import { serve } from "ekiben/serve";
import { forget } from "../support/forget.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

/** A server whose APIs answer once they are released, and the callers that it has lost. */
async function openServer() {
  const lost: string[] = [];
  const begun: string[] = [];
  const released = Promise.withResolvers<void>();
  const begin = (name: string, signal: AbortSignal): void => {
    begun.push(name);
    signal.addEventListener("abort", () => lost.push(name));
  };
  const io = { input: text(), output: text() };
  const definition = service("slow", {
    apis: {
      value: api(io, async (input, { signal }) => {
        begin("value", signal);
        await released.promise;
        return input;
      }),
      stream: api(io, async function* (input, { signal }) {
        begin("stream", signal);
        yield "first";
        await released.promise;
        yield input;
      }),
    },
  });
  const options = { host: "127.0.0.1", port: 0, signals: false, onUncaught: false } as const;
  const server = await serve(definition, options);
  const { url } = server;
  const close = async (): Promise<void> => {
    released.resolve();
    await server.close();
  };
  return { definition, url, begun, lost, released, [Symbol.asyncDispose]: close };
}

const TRANSPORTS: readonly (readonly [string, ClientOptions])[] = [
  ["REST", {}],
  ["Connect", { transport: connectTransport("connect") }],
  ["gRPC-Web", { transport: connectTransport("grpc-web") }],
];

for (const [name, options] of TRANSPORTS) {
  test(`a call that is cancelled leaves its server over ${name}`, async () => {
    using _ = silenced();
    await using server = await openServer();
    const slow = client<typeof server.definition>(server.url, options);
    const [value, stream] = [new AbortController(), new AbortController()];
    const calling = assert.rejects(slow.value("a", { signal: value.signal }), /cancelled/);
    await until(() => server.begun.includes("value"));
    const items = await slow.stream("a", { signal: stream.signal });
    const reading = assert.rejects(async () => {
      for await (const item of items) assert.equal(item, "first");
    }, /cancelled/);
    await until(() => server.begun.includes("stream"));
    await forget();
    value.abort();
    stream.abort();
    await Promise.all([calling, reading]);
    await until(() => server.lost.length === 2);
  });

  test(`a stream can be read late over ${name}`, async () => {
    using _ = silenced();
    await using server = await openServer();
    const slow = client<typeof server.definition>(server.url, options);
    const items = await slow.stream("last");
    await forget();
    server.released.resolve();
    await forget();
    const found: string[] = [];
    for await (const item of items) found.push(item);
    assert.deepEqual(found, ["first", "last"]);
  });
}
