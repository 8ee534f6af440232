/** How calls end before their time: callers that leave, in every way, and deadlines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "@connectrpc/connect";
import { until } from "../../support/until.ts";
import { bytesValue, outcomeOf } from "./grpc-client.ts";
import { openEcho, WAYS } from "./open-echo.ts";
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

/** A call that waits for its end, on a connection that reads no more than its first window. */
async function begun(
  port: number,
  path: string,
  fields: Readonly<Record<string, string>>,
  end: boolean,
): Promise<RawConnection> {
  const connection = new RawConnection(port);
  await connection.send(
    PREFACE,
    SETTINGS,
    frame(TYPE.headers, END_HEADERS, 1, block(callFields(path, fields))),
    frame(TYPE.data, end ? END_STREAM : 0, 1, envelope(bytesValue(3))),
  );
  return connection;
}

/** How a caller can leave. */
const LEAVE: Readonly<Record<string, (connection: RawConnection) => void>> = {
  RST_STREAM: ({ socket }) => socket.write(frame(TYPE.reset, 0, 1, uint32(8))),
  "GOAWAY and the end": ({ socket }) => {
    socket.end(frame(TYPE.goAway, 0, 0, Buffer.concat([uint32(0), uint32(0)])));
  },
  "the end of its connection": ({ socket }) => socket.destroy(),
  "a reset connection": ({ socket }) => socket.resetAndDestroy(),
};

/** Calls that wait: for the caller to leave, for a message, for their answer to be taken. */
const WAITING = {
  "a handler at work": ["/echo.Echo/Unary", { hold: "1" }, true],
  "a stream at work": ["/echo.Echo/Repeat", { hold: "1" }, true],
  "a stream that nobody reads": ["/echo.Echo/Repeat", { times: "1e9", length: "1000" }, true],
  "a stream of large messages that nobody reads": [
    "/echo.Echo/Repeat",
    { times: "1e9", length: "1000000" },
    true,
  ],
  "a handler that waits for messages": ["/echo.Echo/Count", {}, false],
  "a conversation": ["/echo.Echo/Chat", {}, false],
} as const;

const WINDOW = 65_535;

for (const way of WAYS) {
  for (const [who, [path, fields, end]] of Object.entries(WAITING)) {
    for (const [how, leave] of Object.entries(LEAVE)) {
      test(`${who} ends with ${how}, by ${way}`, async () => {
        await using echo = await openEcho(way);
        const connection = await begun(echo.port, path, fields, end);
        await until(() => echo.seen.running === 1);
        if ("times" in fields) await until(() => connection.bytesOf(1) === WINDOW);
        leave(connection);
        await until(() => echo.seen.running === 0);
        if ("hold" in fields) {
          assert.deepEqual(echo.seen.reasons, [
            "ConnectError: [canceled] the client has disconnected",
          ]);
        }
        connection.socket.destroy();
      });
    }
  }

  test(`A stream that is not read ends at its deadline, by ${way}`, async () => {
    await using echo = await openEcho(way);
    const fields = { times: "1e9", length: "1000", "grpc-timeout": "200m" };
    const connection = await begun(echo.port, "/echo.Echo/Repeat", fields, true);
    await until(() => connection.got(TYPE.reset, 1));
    assert.equal(echo.seen.running, 0);
    connection.socket.destroy();
  });

  test(`An answer that is not read ends in time, by ${way}`, async () => {
    await using echo = await openEcho(way, { limits: { writeTimeoutMs: 100 } });
    for (const path of ["/echo.Echo/Unary", "/echo.Echo/Repeat"]) {
      const connection = await begun(echo.port, path, { times: "2", length: "200000" }, true);
      await until(() => connection.got(TYPE.reset, 1));
      assert.equal(echo.seen.running, 0);
      connection.socket.destroy();
    }
  });

  test(`A request that does not arrive ends in time, by ${way}`, async () => {
    await using echo = await openEcho(way, { limits: { requestTimeoutMs: 50 } });
    for (const path of ["/echo.Echo/Unary", "/echo.Echo/Repeat"]) {
      const call = echo.client.start(path);
      const { code, details } = await outcomeOf(call);
      assert.deepEqual(
        [code, details],
        [Code.DeadlineExceeded, "the request did not arrive within 50 ms"],
      );
    }
    assert.equal(echo.seen.running, 0);
  });

  test(`A handler's signal is aborted by its caller and its deadline, by ${way}`, async () => {
    await using echo = await openEcho(way);
    for (const path of ["/echo.Echo/Unary", "/echo.Echo/Repeat"]) {
      const call = echo.client.start(path, { hold: "1" });
      const outcome = outcomeOf(call);
      call.end(bytesValue(3));
      await until(() => echo.seen.running === 1);
      call.cancel();
      assert.equal((await outcome).code, Code.Canceled);
      await until(() => echo.seen.running === 0);
      assert.match(echo.seen.reasons.splice(0).join(), /canceled/);

      const deadline = Date.now() + 100;
      const late = await echo.client.call(path, [bytesValue(3)], { hold: "1" }, { deadline });
      assert.equal(late.code, Code.DeadlineExceeded);
      await until(() => echo.seen.running === 0);
      echo.seen.reasons.length = 0;

      const fields = { hold: "1", "grpc-timeout": "500m" };
      const connection = await begun(echo.port, path, fields, true);
      await until(() => connection.got(TYPE.headers, 1, END_STREAM));
      const [reason] = echo.seen.reasons.splice(0);
      assert.equal(reason, "ConnectError: [deadline_exceeded] the operation timed out");
      connection.socket.destroy();
    }
  });
}
