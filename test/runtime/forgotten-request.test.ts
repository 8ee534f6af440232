/**
 * Handlers that keep no request, and listen to its signal: on Node, the signal of a request that
 * has been collected is never aborted.
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { api, app, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { Hono } from "hono";
import { collect } from "../support/collect.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

/** Handlers whose answers do not end, and how often each has learnt that its caller is gone. */
function forgetful() {
  const aborted = new Map<string, number>();
  const listen = (name: string, { signal }: Request): void => {
    signal.addEventListener("abort", () => aborted.set(name, (aborted.get(name) ?? 0) + 1));
  };
  const stream = (name: string) => (request: Request) => {
    listen(name, request);
    const body = new ReadableStream({ start: (open) => open.enqueue(new Uint8Array(1)) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const inner = service("inner", { apis: {}, mount: { "/stream": stream("below") } });
  const definition = service("forgetful", {
    use: [
      async (c, next) => {
        listen("middleware", c.req.raw);
        await next();
      },
    ],
    apis: {
      tokens: api({ input: text(), output: text() }, async function* () {
        yield "a";
        await new Promise(() => {});
      }),
    },
    mount: {
      "/stream": stream("mount"),
      "/outer": new Hono().route("/ml", app(inner)).fetch,
    },
  });
  return { aborted, definition };
}

for (const [name, head] of [
  ["mount", "GET /stream"],
  ["below", "GET /outer/ml/stream"],
  ["middleware", "POST /tokens"],
] as const) {
  for (const [kind, framing, body] of [
    ["plain", "Content-Length: 1", "a"],
    ["chunked", "Transfer-Encoding: chunked", "1\r\na\r\n0\r\n\r\n"],
  ] as const) {
    test(`A forgotten request is aborted by its client: ${name}, ${kind}`, async () => {
      using _ = silenced();
      const { aborted, definition } = forgetful();
      await using server = await serve(definition, {
        host: "127.0.0.1",
        port: 0,
        signals: false,
        onUncaught: false,
      });
      const socket = connect(server.port, "127.0.0.1").on("error", () => {});
      const received: string[] = [];
      socket.on("data", (chunk: Buffer) => received.push(chunk.toString("latin1")));
      socket.write(`${head} HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${body}`);
      await until(() => /\r\n\r\n./s.test(received.join("")));
      assert.match(received.join(""), /^HTTP\/1\.1 200 /);
      collect();
      socket.resetAndDestroy();
      await until(() => aborted.get(name) === 1);
    });
  }
}
