import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { api, service, text } from "ekiben";
import { serve } from "ekiben/serve";
import { fetch } from "../support/fetch.ts";
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

test("serve() streams items as they are yielded, and ends at a disconnect", async () => {
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

test("serve() computes no more items of a stream than its client reads", async () => {
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

const failing = service("failing", {
  apis: {
    tokens: api({ input: text(), output: text() }, async function* () {
      yield "an item";
      throw new Error("a secret");
    }),
  },
});

for (const onePort of [false, true]) {
  for (const version of onePort ? [1, 2] : [1]) {
    const where = `${onePort ? "one port" : "ports apart"}, HTTP/${version}`;
    test(`serve() resets a stream that fails after an item, on ${where}`, async () => {
      using _ = silenced();
      await using server = await serve(failing, { ...settings, onePort });
      const answer = await (version === 1 ? overHttp1(server.port) : overHttp2(server.port));
      assert.match(answer.body, /an item/);
      assert.doesNotMatch(answer.body, /secret|error/i);
      assert.equal(answer.isWhole, false);
    });
  }
}

interface Answer {
  readonly body: string;
  /** Whether it came to its end. */
  readonly isWhole: boolean;
}

async function overHttp1(port: number): Promise<Answer> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {}); // a reset breaks it off, too
  socket.write("POST /tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1");
  let body = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    body += chunk;
  });
  await new Promise((resolve) => socket.once("close", resolve));
  assert.match(body, /^HTTP\/1\.1 200 /);
  return { body: body.slice(body.indexOf("\r\n\r\n")), isWhole: body.endsWith("0\r\n\r\n") };
}

async function overHttp2(port: number): Promise<Answer> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":method": "POST", ":path": "/tokens" });
  let body = "";
  stream.setEncoding("utf8").on("data", (chunk) => {
    body += chunk;
  });
  stream.on("error", () => {});
  stream.end("1");
  await new Promise((resolve) => stream.once("close", resolve));
  session.destroy();
  return { body, isWhole: stream.rstCode === 0 };
}
