/** The end of a connection at a stop: a call that crosses with it is answered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../../support/until.ts";
import { openEcho } from "./open-echo.ts";
import {
  ACK,
  call,
  callFields,
  END_STREAM,
  envelope,
  frame,
  PREFACE,
  RawConnection,
  SETTINGS,
  TYPE,
} from "./raw-http2.ts";

/** The last stream that each GOAWAY frame names. */
function lastStreams({ frames }: RawConnection): readonly number[] {
  return frames
    .filter(({ type }) => type === TYPE.goAway)
    .map(({ payload }) => payload.readInt32BE());
}

test("A stop accepts the calls that arrive before the client has received GOAWAY", async () => {
  await using echo = await openEcho("short path");
  const connection = new RawConnection(echo.port);
  const fields = callFields("/echo.Echo/Unary");
  await connection.send(PREFACE, SETTINGS, call(1, fields, envelope(new Uint8Array())));
  await until(() => connection.got(TYPE.headers, 1, END_STREAM));
  const closed = echo.listener.close(60_000);
  await until(() => connection.got(TYPE.goAway));
  assert.deepEqual(lastStreams(connection), [2 ** 31 - 1]);
  // As if sent before the GOAWAY was read: the answer to the server's ping comes after it.
  await connection.send(call(3, fields, envelope(new Uint8Array())));
  await until(() => connection.got(TYPE.headers, 3, END_STREAM));
  const ping = connection.frames.find(({ type, flags }) => type === TYPE.ping && flags !== ACK);
  await connection.send(frame(TYPE.ping, ACK, 0, ping?.payload));
  await until(() => lastStreams(connection).length > 1 || connection.closed);
  assert.ok(
    lastStreams(connection)
      .slice(1)
      .every((stream) => stream === 3),
  );
  await closed;
  await until(() => connection.closed);
});

test("A stop does not wait for a client that does not answer pings", async () => {
  await using echo = await openEcho("short path");
  const connection = new RawConnection(echo.port);
  await connection.send(PREFACE, SETTINGS);
  await until(() => connection.got(TYPE.settings));
  await echo.listener.close(60_000);
  await until(() => connection.closed);
});
