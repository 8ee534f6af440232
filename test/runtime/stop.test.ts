/** How connections end: at a stop, after a refusal, and after an answer without a body. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { listenHttp1 } from "../../src/runtime/listen-http1.ts";
import type { Fetch } from "../../src/runtime/listener.ts";

const SIZE = 16 * 1024 * 1024;
/** Longer than a test may take: what waits for it fails. */
const LONG_MS = 1_000_000;

const listen = (fetch: Fetch) => listenHttp1(fetch, { host: "127.0.0.1", port: 0 });

/** A connection that has sent these bytes, and counts what comes back. */
class Connection {
  readonly socket: Socket;
  readonly ended: Promise<void>;
  received = 0;
  /** How the answer begins. */
  text = "";

  constructor(port: number, bytes: string) {
    this.socket = connect(port, "127.0.0.1", () => this.socket.write(bytes));
    this.socket.on("data", (chunk: Buffer) => {
      this.received += chunk.length;
      if (this.text.length < 2000) this.text += chunk.toString("latin1", 0, 2000);
    });
    this.socket.on("error", () => {}); // reset by the server
    this.ended = new Promise((resolve) => this.socket.on("close", () => resolve()));
  }

  /** Done when the answer has begun; no more of it is read until `socket.resume()`. */
  begun(): Promise<void> {
    return new Promise((resolve) =>
      this.socket.once("data", () => {
        this.socket.pause();
        resolve();
      }),
    );
  }
}

const LENGTH = { "content-length": String(SIZE) };
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

for (const [what, headers] of [
  ["", {}],
  [", when its connection is to end after it", { connection: "close" }],
] as const) {
  test(`A stop waits for an answer that is being sent${what}`, async () => {
    const listener = await listen(
      () => new Response(new Uint8Array(SIZE), { headers: { ...headers, ...LENGTH } }),
    );
    const slow = new Connection(listener.port, GET);
    await slow.begun();
    const closed = listener.close(LONG_MS);
    await wait(300);
    slow.socket.resume();
    await Promise.all([closed, slow.ended]);
    const head = slow.text.indexOf("\r\n\r\n") + 4;
    assert.equal(slow.received - head, SIZE);
  });
}

test("A stop aborts an answer that is not read, at the end of the grace", async () => {
  const listener = await listen(() => new Response(new Uint8Array(SIZE)));
  const stuck = new Connection(listener.port, GET);
  await stuck.begun();
  await listener.close(100);
  stuck.socket.resume();
  await stuck.ended;
  assert.ok(stuck.received < SIZE);
});

test("A stop closes idle connections, also those of answers from before it", async () => {
  const listener = await listen(() => new Response("done"));
  const idle = new Connection(listener.port, GET);
  await idle.begun();
  idle.socket.resume();
  await listener.close(LONG_MS);
  await idle.ended;
});

for (const status of [204, 205, 304]) {
  test(`An answer without a body, ${status}, may ask for its connection to end`, async () => {
    const headers = { connection: "close" };
    const listener = await listen(() => new Response(null, { status, headers }));
    const connection = new Connection(listener.port, GET);
    await connection.begun();
    assert.match(connection.text, new RegExp(`^HTTP/1\\.1 ${status} `));
    connection.socket.destroy();
    await listener.close(0);
  });
}

for (const [what, method] of [
  ["a body that stalls", "read"],
  ["a body that stalls, unread", "leave"],
] as const) {
  test(`An answer that ends its connection ends it also during ${what}`, async () => {
    const listener = await listen(async (request) => {
      if (method === "read") await Promise.race([request.text().catch(() => {}), wait(50)]);
      return Response.json({ late: true }, { status: 504, headers: { connection: "close" } });
    });
    const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
    const connection = new Connection(listener.port, `${head}abc`);
    await connection.ended;
    assert.match(connection.text, /^HTTP\/1\.1 504 [\s\S]*\{"late":true\}/);
    await listener.close(0);
  });
}

for (const [what, bytes] of [
  ["no Host, in HTTP/1.0", "GET /livez?a=/b HTTP/1.0\r\n\r\n"],
  ["an empty Host", "GET /livez?a=/b HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"],
] as const) {
  test(`A request with ${what} has a URL`, async () => {
    const listener = await listen((request) => {
      const { pathname, search } = new URL(request.url);
      return new Response(`${pathname} ${search}`);
    });
    const connection = new Connection(listener.port, bytes);
    await connection.begun();
    connection.socket.destroy();
    assert.match(connection.text, /^HTTP\/1\.\d 200 [\s\S]*\r\n\/livez \?a=\/b/);
    await listener.close(0);
  });
}

test("A request without Host has its body, and its caller's disconnect", async () => {
  const bodies: string[] = [];
  const gone = Promise.withResolvers<void>();
  const listener = await listen(async (request) => {
    bodies.push(await request.text());
    request.signal.addEventListener("abort", () => gone.resolve());
    await gone.promise;
    return new Response();
  });
  const head = "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n";
  const connection = new Connection(listener.port, `${head}abc`);
  while (bodies.length === 0) await wait(5);
  connection.socket.destroy();
  await gone.promise;
  assert.deepEqual(bodies, ["abc"]);
  await listener.close(0);
});
