import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { api, serve, service, text } from "ekiben";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";

/** A stream without end, and what becomes of it. */
function endless() {
  const seen = { made: 0, open: 0, aborted: 0 };
  const definition = service("endless", {
    apis: {
      tokens: api({ input: text(), output: text() }, async function* (size, { signal }) {
        seen.open += 1;
        signal.addEventListener("abort", () => {
          seen.aborted += 1;
        });
        try {
          for (;;) {
            seen.made += 1;
            yield "x".repeat(Number(size));
            await new Promise((resolve) => setTimeout(resolve));
          }
        } finally {
          seen.open -= 1;
        }
      }),
    },
  });
  return { seen, definition };
}

const settings = { port: 0, host: "127.0.0.1", signals: false } as const;

test("serve() streams as the handler goes, and ends it when the client has gone", async () => {
  using _ = silenced();
  const { seen, definition } = endless();
  await using server = await serve(definition, settings);
  const left = new AbortController();
  const response = await fetch(`${server.url}/tokens`, {
    method: "POST",
    body: "10",
    signal: left.signal,
  });
  const reader = response.body?.getReader();
  for (let chunk = 0; chunk < 3; chunk++) assert.ok((await reader?.read())?.value);
  assert.equal(seen.open, 1);
  left.abort();
  await until(() => seen.open === 0);
  assert.equal(seen.aborted, 1);
});

test("serve() makes no more of a stream than its client reads", async () => {
  using _ = silenced();
  const { seen, definition } = endless();
  await using server = await serve(definition, settings);
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("POST /tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n100000");
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  // It stands still when the buffers on the way are full.
  let before = -1;
  await until(async () => {
    const still = before === seen.made;
    before = seen.made;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return still;
  });
  assert.ok(seen.made < 500, `${seen.made} x 100,000 bytes were made for nobody`);
  socket.destroy();
  await until(() => seen.open === 0);
});
