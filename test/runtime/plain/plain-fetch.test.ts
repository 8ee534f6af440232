/** Plain requests that are answered by `fetch()`. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { portOf } from "../../../src/runtime/connections.ts";
import { Http1 } from "../../../src/runtime/http1.ts";
import type { Fetch } from "../../../src/runtime/listener.ts";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import { bodiesIn, client, echo, open } from "./raw-port.ts";

const GET = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const put = (body: string, length = body.length): string =>
  `PUT /a?b HTTP/1.1\r\nHost: a\r\nX-Id: 7\r\nContent-Length: ${length}\r\n\r\n${body}`;

/** What a client gets for its requests, until the answers are there or the connection ends. */
async function answersOf(fetch: Fetch, sent: string, isDone: (text: string) => boolean) {
  await using port = await open({}, false, fetch);
  const state = client(port.port);
  state.socket.write(sent);
  await until(() => isDone(state.text) || state.isClosed);
  state.socket.destroy();
  return state.text;
}

const whole = (text: string): boolean => bodiesIn(text).length > 0;
const headOnly = (text: string): boolean => text.endsWith("\r\n\r\n");

for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
  test(`A ${method} arrives as a Request, wherever its bytes are divided`, async () => {
    const fetch: Fetch = async (request) => {
      const { url, headers } = request;
      return Response.json([request.method, url, headers.get("x-id"), await request.text()]);
    };
    await using port = await open({}, false, fetch);
    const request = put("hello").replace("PUT", method);
    const body = JSON.stringify([method, "http://a/a?b", "7", "hello"]);
    for (const cut of [1, 20, request.length - 5, request.length - 1, request.length]) {
      const { socket, bodies } = client(port.port);
      socket.write(request.slice(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.write(request.slice(cut));
      await until(() => bodies().length === 1);
      assert.deepEqual(bodies(), [`200 ${body}`], `after ${cut} bytes`);
      socket.destroy();
    }
  });
}

test("fetch() is called before the body has arrived", async () => {
  const text = await answersOf(() => new Response("early", { status: 401 }), put("a", 9), whole);
  assert.deepEqual(bodiesIn(text), ["401 early"]);
});

test("The rest of a body that fetch() leaves is not taken for the next request", async () => {
  await using port = await open({ "/echo": echo }, false, () => new Response("left"));
  const { socket, bodies } = client(port.port);
  socket.write(put("", GET.length));
  await until(() => bodies().length === 1);
  socket.write(GET.slice(0, 9));
  socket.write(GET.slice(9) + GET);
  await until(() => bodies().length === 2);
  assert.deepEqual(bodies(), ["200 left", "200 left"]);
  socket.destroy();
});

test("A body that is not small goes to node:http, and arrives whole", async () => {
  const size = 3_000_000;
  const fetch: Fetch = async (request) =>
    new Response(`${(await request.arrayBuffer()).byteLength}`);
  const text = await answersOf(fetch, put("x".repeat(size)), whole);
  assert.deepEqual(bodiesIn(text), [`200 ${size}`]);
});

test("A path with dot segments arrives as it was sent", async () => {
  const fetch: Fetch = ({ url }) => new Response(url);
  const sent = GET.replace("/a", "/a/../b/%2e?c");
  const text = await answersOf(fetch, sent, whole);
  assert.deepEqual(bodiesIn(text), ["200 http://a/a/../b/%2e?c"]);
});

test("A client that disconnects aborts the signal, and the body", async () => {
  const seen = { begun: false, aborted: false, failed: false };
  const fetch: Fetch = async (request) => {
    request.signal.addEventListener("abort", () => {
      seen.aborted = true;
    });
    seen.begun = true;
    await request.text().catch(() => {
      seen.failed = true;
    });
    return new Response("late");
  };
  await using port = await open({}, false, fetch);
  const { socket } = client(port.port);
  socket.write(put("abc", 9));
  await until(() => seen.begun);
  socket.destroy();
  await until(() => seen.aborted && seen.failed);
});

test("A body that has an answer already ends with its connection", async () => {
  let hasEnded = false;
  const fetch: Fetch = (request) => {
    request.text().catch(() => {
      hasEnded = true;
    });
    return new Response("early");
  };
  await using port = await open({}, false, fetch);
  const { socket, bodies } = client(port.port);
  socket.write(put("abc", 9));
  await until(() => bodies().length === 1);
  socket.destroy();
  await until(() => hasEnded);
});

test("A connection whose body does not arrive is closed in time", async () => {
  const fetch: Fetch = async (request) => new Response(await request.text());
  const server = createServer(new Http1(fetch, { bodyMs: 50 }).taker()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const state = client(portOf(server));
  state.socket.write(put("abc", 9));
  await until(() => state.isClosed);
  assert.equal(state.text, "");
  server.close();
});

test("A short body is sent with its length and the type of a text", async () => {
  const text = await answersOf(() => new Response("caf\u00e9"), GET, whole);
  assert.match(text, /^content-type: text\/plain;\s*charset=utf-8\r$/im);
  assert.deepEqual(bodiesIn(text), ["200 caf\u00c3\u00a9"]);
});

test("Headers of the same name are all sent", async () => {
  const headers: [string, string][] = [
    ["set-cookie", "a=1; Path=/, x"],
    ["set-cookie", "b=2"],
  ];
  const text = await answersOf(() => new Response("", { headers }), GET, whole);
  assert.match(text, /set-cookie: a=1; Path=\/, x\r\nset-cookie: b=2\r\n/i);
});

test("The first item of a stream does not wait for the second", async () => {
  let next = (): void => {};
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode("first"));
      await new Promise<void>((resolve) => {
        next = resolve;
      });
      controller.enqueue(new TextEncoder().encode("second"));
      controller.close();
    },
  });
  await using port = await open({}, false, () => new Response(stream));
  const state = client(port.port);
  state.socket.write(GET);
  await until(() => state.text.endsWith("5\r\nfirst\r\n"));
  assert.match(state.text, /transfer-encoding: chunked/i);
  next();
  await until(() => state.text.endsWith("6\r\nsecond\r\n0\r\n\r\n"));
  state.socket.destroy();
});

/** A stream of these items, each of which comes after some time. */
function slowly(...items: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const item = items.shift();
      if (item === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(item));
    },
  });
}

for (const [what, length, rest] of [
  ["is sent as it is", 6, "abcdef"],
  ["ends its connection if it is shorter", 7, "abcdef"],
  ["ends its connection if it is longer", 5, "abc"],
] as const) {
  test(`A stream of a declared length ${what}`, async () => {
    const headers = { "content-length": String(length) };
    await using port = await open({}, false, () => new Response(slowly("abc", "def"), { headers }));
    const state = client(port.port);
    state.socket.write(GET);
    const isWhole = length === rest.length;
    await until(() => (isWhole ? state.text.endsWith(rest) : state.isClosed));
    assert.equal(state.text.slice(state.text.indexOf("\r\n\r\n") + 4), rest);
    assert.doesNotMatch(state.text, /transfer-encoding/i);
    assert.equal(state.isClosed, !isWhole);
    state.socket.destroy();
  });
}

for (const [what, response, length] of [
  ["a length", () => new Response(null, { headers: { "content-length": "12" } }), "12"],
  ["a body", () => new Response("ignored"), undefined],
  ["nothing", () => new Response(null), undefined],
] as const) {
  test(`An answer to HEAD with ${what} has no body`, async () => {
    const text = await answersOf(response, GET.replace("GET", "HEAD"), headOnly);
    assert.equal(/content-length: (\d+)/i.exec(text)?.[1], length);
  });
}

for (const status of [204, 304]) {
  test(`An answer with status ${status} has neither a body nor a length`, async () => {
    const text = await answersOf(() => new Response(null, { status }), GET, headOnly);
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.doesNotMatch(text, /content-length|transfer-encoding/i);
  });
}

test("An answer may end its connection", async () => {
  const headers = { connection: "close" };
  await using port = await open({}, false, () => new Response("last", { headers }));
  const state = client(port.port);
  state.socket.write(GET + GET);
  await until(() => state.isClosed);
  assert.deepEqual(bodiesIn(state.text), ["200 last"]);
});

test("A fetch() that fails ends its connection", async () => {
  using _ = silenced();
  const fetch: Fetch = () => Promise.reject(new Error("unexpected"));
  assert.equal(await answersOf(fetch, GET, () => false), "");
});

test("A body that fails ends its connection", async () => {
  const failing = (): Response =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error("broken")),
      }),
    );
  assert.doesNotMatch(await answersOf(failing, GET, () => false), /0\r\n\r\n$/);
});
