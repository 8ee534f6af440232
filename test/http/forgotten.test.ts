/**
 * Mounts and middleware while garbage is collected: on Node, a request that has been collected is
 * not aborted, and the body of a response that has been collected is cancelled.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { app } from "../../src/app/app.ts";
import { text } from "../../src/io/text.ts";
import { api } from "../../src/service/api.ts";
import { service } from "../../src/service/service.ts";
import { forget } from "../support/forget.ts";

test("mount: a stream learns that the signal of its forgotten request is aborted", async () => {
  let wasAborted = false;
  const stream = ({ signal }: Request): Response => {
    signal.addEventListener("abort", () => {
      wasAborted = true;
    });
    const body = new ReadableStream({ start: (open) => open.enqueue(new Uint8Array(1)) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  await using host = app(service("x", { apis: {}, mount: { "/events": stream } }));
  const caller = new AbortController();
  const { body } = await host.fetch(new Request("http://host/events", { signal: caller.signal }));
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  await forget();
  caller.abort();
  assert.equal(wasAborted, true);
  await reader.cancel();
});

for (const from of ["mount", "middleware"] as const) {
  test(`app() passes on what is left of a response of fetch(): ${from}`, async () => {
    const upstream = createServer((_, response) => void response.end("from upstream"));
    await once(upstream.listen(0, "127.0.0.1").unref(), "listening");
    const { port } = upstream.address() as AddressInfo;
    const ask = () => fetch(`http://127.0.0.1:${port}/`);
    const made = service("x", {
      ...(from === "middleware" && { use: [ask] }),
      apis: { up: api({ input: text(), output: text() }, (value) => value) },
      mount: { "/mounted": ask },
    });
    // With headers of its own, since those of a response of fetch() cannot be changed.
    await using host = app(made, { cors: "*" });
    const path = from === "mount" ? "mounted" : "up";
    const response = await host.fetch(new Request(`http://host/${path}`, { method: "POST" }));
    await forget();
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.equal(await response.text(), "from upstream");
    upstream.close();
  });
}
