/** Loads that once broke servers: the process survives, answers, and releases its memory. */
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { after, before, test } from "node:test";
import { Code } from "@connectrpc/connect";
import { until } from "../../support/until.ts";
import { bytesValue, GrpcClient, outcomeOf } from "./grpc-client.ts";
import {
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
import { ServerProcess } from "./server-process.ts";

const MIB = 1024 * 1024;

let server: ServerProcess;
before(async () => {
  server = await ServerProcess.start({ maxMessageBytes: 24 * MIB });
});
after(() => server.stop());

function client(): GrpcClient {
  return new GrpcClient(`127.0.0.1:${server.grpcPort}`);
}

async function untilIdle(): Promise<void> {
  await until(async () => (await server.stats()).running === 0);
}

/** What a load leaves behind when it has been repeated. The first time it warms up. */
async function growthOf(load: () => Promise<void>, times: number): Promise<number> {
  await load();
  const before = (await server.stats()).rssBytes;
  for (let at = 0; at < times; at++) await load();
  await untilIdle();
  return (await server.stats()).rssBytes - before;
}

test("A thousand calls at the same time on one connection are answered", async () => {
  const one = client();
  const { started } = await server.stats();
  const chats = Array.from({ length: 1000 }, () => one.start("/echo.Echo/Chat"));
  const outcomes = chats.map(outcomeOf);
  for (const chat of chats) chat.write(bytesValue(100));
  await until(async () => (await server.stats()).started === started + 1000);
  assert.equal((await server.stats()).running, 1000);
  for (const chat of chats) chat.end();
  for (const { code, messages } of await Promise.all(outcomes)) {
    assert.deepEqual([code, messages], [0, [bytesValue(100)]]);
  }
  one.close();
  await untilIdle();
});

test("Six messages of 20 MB at the same time go both ways", async () => {
  const one = client();
  const message = bytesValue(20_000_000);
  const calls = Array.from({ length: 6 }, () => one.call("/echo.Echo/Unary", [message]));
  for (const { code, messages } of await Promise.all(calls)) {
    assert.deepEqual([code, messages.length], [0, 1]);
    assert.ok(messages[0]?.equals(message));
  }
  one.close();
});

test("A client may send GOAWAY after 400 calls", async () => {
  for (let round = 0; round < 3; round++) {
    const session = connect(`http://127.0.0.1:${server.grpcPort}`);
    let left = 400;
    const caller = async (): Promise<void> => {
      while (left-- > 0) {
        const stream = session.request(Object.fromEntries(callFields("/echo.Echo/Unary")));
        stream.end(envelope(bytesValue(3000)));
        stream.resume();
        const trailer = await new Promise<Record<string, unknown>>((resolve, reject) => {
          stream.on("trailers", resolve).on("error", reject);
        });
        assert.equal(trailer["grpc-status"], "0");
      }
    };
    await Promise.all(Array.from({ length: 40 }, caller));
    session.close();
    await until(() => session.destroyed);
  }
  await server.stats();
});

/** How the clients of blocked streams leave. */
const LEAVE: Readonly<Record<string, (connection: RawConnection) => void>> = {
  RST_STREAM: ({ socket }) => {
    for (let at = 0; at < 20; at++) socket.write(frame(TYPE.reset, 0, 2 * at + 1, uint32(8)));
  },
  "the end of its connection": ({ socket }) => socket.destroy(),
  "a reset connection": ({ socket }) => socket.resetAndDestroy(),
};

for (const [how, leave] of Object.entries(LEAVE)) {
  test(`Streams that are not read are released after ${how}`, async () => {
    const fields = block(callFields("/echo.Echo/Repeat", { times: "1e9", length: "1000000" }));
    const growth = await growthOf(async () => {
      const connection = new RawConnection(server.grpcPort);
      const calls = Array.from({ length: 20 }, (_, at) =>
        Buffer.concat([
          frame(TYPE.headers, END_HEADERS, 2 * at + 1, fields),
          frame(TYPE.data, END_STREAM, 2 * at + 1, envelope(bytesValue(3))),
        ]),
      );
      await connection.send(PREFACE, SETTINGS, ...calls);
      await until(async () => (await server.stats()).running === 20);
      leave(connection);
      await untilIdle();
      connection.socket.destroy();
    }, 5);
    // Half a gigabyte has been received by then, and not all of it has been collected.
    assert.ok(growth < 400 * MIB, `it grew by ${Math.round(growth / MIB)} MiB`);
  });
}

test("A stream that is read slowly is not buffered whole", async () => {
  const connection = new RawConnection(server.grpcPort);
  const before = (await server.stats()).rssBytes;
  await connection.send(
    PREFACE,
    SETTINGS,
    frame(
      TYPE.headers,
      END_HEADERS,
      1,
      block(callFields("/echo.Echo/Repeat", { times: "1000", length: "1000000" })),
    ),
    frame(TYPE.data, END_STREAM, 1, envelope(bytesValue(3))),
  );
  for (let taken = 65_535; taken < 10 * MIB; taken += 65_535) {
    await until(() => connection.bytesOf(1) === taken);
    const more = uint32(65_535);
    await connection.send(
      frame(TYPE.windowUpdate, 0, 0, more),
      frame(TYPE.windowUpdate, 0, 1, more),
    );
  }
  const growth = (await server.stats()).rssBytes - before;
  assert.ok(growth < 200 * MIB, `it grew by ${Math.round(growth / MIB)} MiB`);
  connection.socket.destroy();
  await untilIdle();
});

test("Messages that inflate beyond the bound cost no more than the bound", async () => {
  const one = client();
  const message = bytesValue(30 * MIB);
  const growth = await growthOf(async () => {
    const { code } = await one.call("/echo.Echo/Unary", [message], {
      "grpc-internal-encoding-request": "gzip",
    });
    assert.equal(code, Code.ResourceExhausted);
  }, 5);
  assert.ok(growth < 200 * MIB, `it grew by ${Math.round(growth / MIB)} MiB`);
  one.close();
});
