/** What one client, and all of them, may take of the server, and what happens at each bound. */
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { limitsOf } from "../../../src/runtime/http2/limits.ts";
import { until } from "../../support/until.ts";
import { bytesValue, outcomeOf } from "./grpc-client.ts";
import { openEcho, WAYS } from "./open-echo.ts";
import {
  ACK,
  block,
  callFields,
  END_HEADERS,
  END_STREAM,
  envelope,
  frame,
  PREFACE,
  RawConnection,
  SETTINGS,
  TYPE,
  uint32,
} from "./raw-http2.ts";

const HOLD = callFields("/echo.Echo/Unary", { hold: "1" });

function held(stream: number): Buffer {
  return Buffer.concat([
    frame(TYPE.headers, END_HEADERS, stream, block(HOLD)),
    frame(TYPE.data, END_STREAM, stream, envelope(bytesValue(3))),
  ]);
}

test("limitsOf() refuses invalid bounds", () => {
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => limitsOf({ maxConnections: value }), {
      name: "RangeError",
      message: `"maxConnections" must be a whole number from 1 up, but was ${value}`,
    });
  }
  for (const [name, most] of [
    ["maxMessageBytes", 2 ** 32 - 1],
    ["requestTimeoutMs", 2 ** 31 - 1],
  ] as const) {
    assert.equal(limitsOf({ [name]: most })[name], most);
    assert.throws(() => limitsOf({ [name]: most + 1 }), {
      message: `"${name}" must be at most ${most}, but was ${most + 1}`,
    });
  }
});

test("limitsOf() leaves room for four of the largest messages by default", () => {
  const MIB = 1024 * 1024;
  assert.equal(limitsOf().maxHeldBytes, 512 * MIB);
  assert.equal(limitsOf({ maxMessageBytes: 500 * MIB }).maxHeldBytes, 2000 * MIB);
  assert.equal(limitsOf({ maxMessageBytes: 500 * MIB, maxHeldBytes: MIB }).maxHeldBytes, MIB);
});

test("A stream above the bound of a connection is refused, and the others go on", async () => {
  await using echo = await openEcho("short path", { limits: { maxConcurrentStreams: 3 } });
  const connection = new RawConnection(echo.port);
  await connection.send(PREFACE, SETTINGS, held(1), held(3), held(5), held(7));
  await until(() => connection.got(TYPE.reset, 7) || connection.closed);
  const [refused] = connection.frames.filter(({ type }) => type === TYPE.reset);
  assert.equal(refused?.payload.readUInt32BE(0), 7, "REFUSED_STREAM");
  assert.equal(echo.seen.running, 3);
  await connection.send(frame(TYPE.reset, 0, 1, uint32(8)));
  await until(() => echo.seen.running === 2);
  await connection.send(held(9));
  await until(() => echo.seen.running === 3);
  connection.socket.destroy();
  await until(() => echo.seen.running === 0);
});

test("A call above the bound of the server is refused in its own protocol", async () => {
  await using echo = await openEcho("short path", { limits: { maxConcurrentCalls: 2 } });
  const connection = new RawConnection(echo.port);
  await connection.send(PREFACE, SETTINGS, held(1), held(3));
  await until(() => echo.seen.running === 2);
  const { code, details } = await echo.client.call("/echo.Echo/Unary", [bytesValue(3)]);
  assert.equal(code, Code.ResourceExhausted);
  assert.equal(details, "there are too many calls at the same time, more than 2");
  const session = connect(`http://127.0.0.1:${echo.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/echo.Echo/Unary",
    "content-type": "application/json",
  });
  const status = new Promise((resolve) =>
    stream.on("response", (header) => resolve(header[":status"])),
  );
  stream.end('"AAEC"');
  assert.equal(await status, 503);
  session.destroy();
  connection.socket.destroy();
});

for (const way of WAYS) {
  test(`Requests hold no more than the bound together, by ${way}`, async () => {
    await using echo = await openEcho(way, { limits: { maxHeldBytes: 1_000_000 } });
    const begun = envelope(Buffer.alloc(450_000), 0, 900_000);
    const half = (stream: number, path: string): Buffer =>
      Buffer.concat([
        frame(TYPE.headers, END_HEADERS, stream, block(callFields(path))),
        ...Array.from({ length: 30 }, (_, at) =>
          frame(TYPE.data, 0, stream, begun.subarray(at * 15_000, (at + 1) * 15_000)),
        ),
      ]);
    const connection = new RawConnection(echo.port);
    const paths = ["/echo.Echo/Unary", "/echo.Echo/Count", "/echo.Echo/Repeat"];
    // Its larger window is the client's when it has agreed to it.
    await connection.send(PREFACE, SETTINGS);
    await until(() => connection.got(TYPE.settings));
    await connection.send(frame(TYPE.settings, ACK, 0));
    await connection.send(...paths.map((path, at) => half(2 * at + 1, path)));
    // One of them, whichever comes last to the server.
    await until(() => connection.got(TYPE.headers, undefined, END_STREAM));
    const call = () => echo.client.call("/echo.Echo/Unary", [bytesValue(200_000)]);
    assert.equal((await call()).code, Code.ResourceExhausted);
    connection.socket.destroy();
    await until(async () => (await call()).code === 0);
    const many = Array.from({ length: 50 }, () => bytesValue(200_000));
    assert.equal((await echo.client.call("/echo.Echo/Count", many)).code, 0);
  });
}

for (const way of WAYS) {
  test(`Answers that are not read hold no more than the bound together, by ${way}`, async () => {
    await using echo = await openEcho(way, { limits: { maxHeldBytes: 1_000_000 } });
    const connection = new RawConnection(echo.port);
    const unread = ["/echo.Echo/Unary", "/echo.Echo/Repeat"].map((path, at) => {
      const fields = callFields(path, { length: "450000" });
      return Buffer.concat([
        frame(TYPE.headers, END_HEADERS, 2 * at + 1, block(fields)),
        frame(TYPE.data, END_STREAM, 2 * at + 1, envelope(bytesValue(3))),
      ]);
    });
    await connection.send(PREFACE, SETTINGS, ...unread);
    await until(() => echo.seen.started === 2);
    const call = () => echo.client.call("/echo.Echo/Unary", [bytesValue(3)], { length: "200000" });
    await until(async () => (await call()).code === Code.ResourceExhausted);
    connection.socket.destroy();
    await until(async () => (await call()).code === 0);
  });
}

test("A message counts by its decompressed size, until its call ends", async () => {
  await using echo = await openEcho("short path", { limits: { maxHeldBytes: 1_000_000 } });
  const connection = new RawConnection(echo.port);
  const fields = callFields("/echo.Echo/Unary", { hold: "1", "grpc-encoding": "gzip" });
  const message = gzipSync(bytesValue(900_000));
  await connection.send(
    PREFACE,
    SETTINGS,
    frame(TYPE.headers, END_HEADERS, 1, block(fields)),
    frame(TYPE.data, END_STREAM, 1, envelope(message, 1)),
  );
  await until(() => echo.seen.started === 1);
  const call = () => echo.client.call("/echo.Echo/Unary", [bytesValue(200_000)]);
  assert.equal((await call()).code, Code.ResourceExhausted);
  connection.socket.destroy();
  await until(async () => (await call()).code === 0);
});

test("A connection above the bound is closed", async () => {
  await using echo = await openEcho("short path", { limits: { maxConnections: 2 } });
  const connections = [new RawConnection(echo.port), new RawConnection(echo.port)] as const;
  for (const connection of connections) {
    await connection.send(PREFACE, SETTINGS);
    await until(() => connection.got(TYPE.settings));
  }
  const third = new RawConnection(echo.port);
  await until(() => third.closed);
  connections[0].socket.destroy();
  const call = () => echo.client.call("/echo.Echo/Unary", [bytesValue(3)]);
  await until(async () => (await call()).code === 0);
  connections[1].socket.destroy();
});

for (const [what, bytes] of [
  ["nothing", ""],
  ["half a preface", PREFACE.subarray(0, 9)],
  ["a preface without settings", PREFACE],
] as const) {
  test(`A connection that sends ${what} is closed`, async () => {
    await using echo = await openEcho("short path", { limits: { prefaceTimeoutMs: 50 } });
    const connection = new RawConnection(echo.port);
    await connection.send(Buffer.from(bytes));
    await until(() => connection.closed);
  });
}

test("A connection without calls is closed, cleanly; with a call it is not", async () => {
  const limits = { idleTimeoutMs: 100, pingIntervalMs: 30 };
  await using echo = await openEcho("short path", { limits });
  // Again if the machine stopped this process, so that a ping was not answered in time.
  await until(async () => {
    const busy = connect(`http://127.0.0.1:${echo.port}`).on("error", () => {});
    const chat = busy.request(Object.fromEntries(callFields("/echo.Echo/Chat")));
    chat.on("error", () => {});
    const idle = connect(`http://127.0.0.1:${echo.port}`).on("error", () => {});
    let code: number | undefined;
    idle.on("goaway", (given) => {
      code = given;
    });
    await until(() => idle.closed);
    const isRight = code === 0 && !busy.closed;
    busy.destroy();
    return isRight;
  });
});

test("A connection that does not answer pings is closed; one that does is not", async () => {
  await using echo = await openEcho("short path", { limits: { pingIntervalMs: 50 } });
  const dead = new RawConnection(echo.port);
  await dead.send(PREFACE, SETTINGS, held(1));
  await until(() => echo.seen.running === 1);
  await until(() => dead.closed);
  assert.ok(dead.got(TYPE.ping));
  await until(() => echo.seen.running === 0);
  // Again if the machine stopped this process for longer than the time for an answer.
  await until(async () => {
    const answering = connect(`http://127.0.0.1:${echo.port}`).on("error", () => {});
    let asked = 0;
    answering.on("ping", () => {
      asked += 1;
    });
    await until(() => asked > 3 || answering.closed);
    const isAlive = !answering.closed;
    answering.destroy();
    return isAlive;
  });
});

test("A client that resets calls too fast is disconnected", async () => {
  await using echo = await openEcho("short path", {
    limits: { resetBurst: 20, resetsPerSecond: 1 },
  });
  const connection = new RawConnection(echo.port);
  await connection.send(PREFACE, SETTINGS);
  for (let stream = 1; stream < 100; stream += 2) {
    await connection.send(held(stream), frame(TYPE.reset, 0, stream, uint32(8)));
  }
  await until(() => connection.closed);
  await until(() => echo.seen.running === 0);
  assert.equal((await echo.client.call("/echo.Echo/Unary", [bytesValue(3)])).code, 0);
});

test("Headers above the bound end their call, and no other", async () => {
  await using echo = await openEcho("short path", { limits: { maxHeaderBytes: 8000 } });
  const call = (length: number) =>
    echo.client.call("/echo.Echo/Unary", [bytesValue(3)], { note: "x".repeat(length) });
  assert.equal((await call(3000)).code, 0);
  assert.notEqual((await call(20_000)).code, 0);
  assert.equal(echo.seen.started, 1);
  assert.equal((await call(3000)).code, 0);
});

test("A client that continues to send after its answer is reset", async () => {
  await using echo = await openEcho("short path");
  const call = echo.client.start("/echo.Echo/Nothing");
  assert.equal((await outcomeOf(call)).code, Code.Unimplemented);
  const connection = new RawConnection(echo.port);
  await connection.send(
    PREFACE,
    SETTINGS,
    frame(TYPE.settings, ACK, 0),
    frame(TYPE.headers, END_HEADERS, 1, block(callFields("/echo.Echo/Nothing"))),
  );
  await until(() => connection.got(TYPE.reset, 1));
  assert.ok(connection.got(TYPE.headers, 1, END_STREAM), "it has got its answer");
  const [reset] = connection.frames.filter(({ type }) => type === TYPE.reset);
  assert.equal(reset?.payload.readUInt32BE(0), 0, "NO_ERROR");
  connection.socket.destroy();
});
