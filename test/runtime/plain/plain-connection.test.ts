/** Connections whose plain requests are answered without `node:http`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silenced } from "../../support/silenced.ts";
import { until } from "../../support/until.ts";
import { bodiesIn, client, echo, open, post, reply } from "./raw-port.ts";

const SIZE = 16 * 1024 * 1024;
const GET = "GET /other HTTP/1.1\r\nHost: a\r\n\r\n";

test("A request is answered the same, wherever its bytes are divided", async () => {
  await using port = await open({ "/echo": echo });
  const request = post("/echo", "hello");
  await Promise.all(
    Array.from(request, async (_, cut) => {
      const { socket, bodies } = client(port.port);
      socket.write(request.slice(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.write(request.slice(cut));
      await until(() => bodies().length === 1);
      assert.deepEqual(bodies(), ["200 hello"], `after ${cut} bytes`);
      socket.destroy();
    }),
  );
});

test("Requests that come at once are answered in order, plain or not", async () => {
  await using port = await open({ "/echo": echo });
  const { socket, bodies } = client(port.port);
  socket.write([post("/echo?a", "1"), post("/echo", ""), GET, post("/echo", "2"), GET].join(""));
  await until(() => bodies().length === 5);
  assert.deepEqual(bodies(), ["200 1", "200 ", "200 other", "200 2", "200 other"]);
  socket.destroy();
});

test("A request that is not plain is answered after the plain one before it", async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using port = await open({
    "/held": async () => {
      await held;
      return reply("held");
    },
  });
  const { socket, bodies } = client(port.port);
  socket.write(post("/held", "1"));
  await new Promise((resolve) => setTimeout(resolve, 30));
  socket.write(GET);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(bodies(), []);
  release();
  await until(() => bodies().length === 2);
  assert.deepEqual(bodies(), ["200 held", "200 other"]);
  socket.destroy();
});

test("The rest of a body that is not read is not taken for the next request", async () => {
  await using port = await open({ "/echo": echo, "/leave": () => reply("left", 400) });
  const { socket, bodies } = client(port.port);
  const smuggled = post("/echo", "smuggled");
  socket.write(post("/leave", "", smuggled.length));
  await until(() => bodies().length === 1);
  socket.write(smuggled.slice(0, 9));
  await new Promise((resolve) => setTimeout(resolve, 30));
  socket.write(smuggled.slice(9) + post("/echo", "next"));
  await until(() => bodies().length === 2);
  assert.deepEqual(bodies(), ["400 left", "200 next"]);
  socket.destroy();
});

test("A connection may end after an answer, also during its body", async () => {
  await using port = await open({ "/leave": () => reply("left", 400) }, true);
  for (const request of [post("/leave", "abc"), post("/leave", "abc", 9)]) {
    const { socket, bodies } = client(port.port);
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.write(request);
    await closed;
    assert.deepEqual(bodies(), ["400 left"]);
  }
});

for (const [what, request] of [
  ["waits for its answer", post("/hold", "abc")],
  ["still sends", post("/hold", "abc", 9)],
] as const) {
  test(`A client that disconnects while it ${what} is noticed`, async () => {
    const seen = { begun: false, disconnects: 0, isDisconnect: false };
    await using port = await open({
      "/hold": async (request) => {
        seen.begun = true;
        const gone = new Promise<void>((resolve) => {
          request.onDisconnect(() => {
            seen.disconnects += 1;
            resolve();
          });
        });
        await request.bytes().catch(() => {});
        await gone;
        seen.isDisconnect = request.isDisconnect(new Error("any"));
        return reply("late");
      },
    });
    const { socket } = client(port.port);
    socket.write(request);
    await until(() => seen.begun);
    socket.destroy();
    await until(() => seen.isDisconnect);
    assert.equal(seen.disconnects, 1);
  });
}

/** A stream of these items, which ends by an error if there is one. */
function streamOf(items: readonly string[], error?: Error): ReadableStream<Uint8Array> {
  const left = items.map((item) => new TextEncoder().encode(item));
  return new ReadableStream({
    pull(controller) {
      const item = left.shift();
      if (item !== undefined) controller.enqueue(item);
      else if (error === undefined) controller.close();
      else controller.error(error);
    },
  });
}

test("A stream is sent in chunks, and the next request is answered", async () => {
  await using port = await open({ "/echo": echo, "/list": () => reply(streamOf(["ab", "cde"])) });
  const state = client(port.port);
  state.socket.write(post("/list", "") + post("/echo", "next"));
  await until(() => state.text.endsWith("next"));
  assert.match(state.text, /\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\nHTTP\/1\.1 200 /);
  state.socket.destroy();
});

test("A stream that fails ends its connection before its last chunk", async () => {
  await using port = await open({ "/fail": () => reply(streamOf(["ab"], new Error("broken"))) });
  const state = client(port.port);
  state.socket.write(post("/fail", ""));
  await until(() => state.isClosed);
  assert.doesNotMatch(state.text, /0\r\n\r\n$/);
});

test("A stream is canceled when its client disconnects", async () => {
  let isCanceled = false;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
      cancel() {
        isCanceled = true;
      },
    });
  await using port = await open({ "/endless": () => reply(endless()) });
  const state = client(port.port);
  state.socket.write(post("/endless", ""));
  await until(() => state.text.length > 0);
  state.socket.destroy();
  await until(() => isCanceled);
});

for (const [what, graceMs] of [
  ["waits for an answer that is being sent", 1_000_000],
  ["aborts an answer that is not read, at the end of the grace", 100],
] as const) {
  test(`A stop ${what}`, async () => {
    await using port = await open({ "/big": () => reply(new Uint8Array(SIZE)) });
    const state = client(port.port);
    state.socket.write(post("/big", ""));
    await until(() => state.text.length > 0);
    state.socket.pause();
    const closed = port.close(graceMs);
    if (graceMs > 1000) await new Promise((resolve) => setTimeout(resolve, 300));
    else await closed;
    state.socket.resume();
    await Promise.all([closed, until(() => state.isClosed)]);
    assert.equal(bodiesIn(state.text).length, graceMs > 1000 ? 1 : 0);
  });
}

test("An answer that cannot be made ends its connection", async () => {
  using _ = silenced();
  await using port = await open({ "/throw": () => Promise.reject(new Error("unexpected")) });
  const state = client(port.port);
  state.socket.write(post("/throw", ""));
  await until(() => state.isClosed);
  assert.equal(state.text, "");
});
