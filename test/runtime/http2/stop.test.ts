/** The stop of a server: calls under way end by themselves, or at the end of the grace. */
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { Code } from "@connectrpc/connect";
import { until } from "../../support/until.ts";
import { bytesValue, outcomeOf } from "./grpc-client.ts";
import { openEcho, WAYS } from "./open-echo.ts";
import { openRoutes } from "./open-routes.ts";

const MINUTE = 60_000;

test("A stop waits for the calls under way, and accepts no more", async () => {
  await using echo = await openEcho("short path");
  const chat = echo.client.start("/echo.Echo/Chat");
  const outcome = outcomeOf(chat);
  chat.write(bytesValue(3));
  await until(() => echo.seen.running === 1);
  const closed = echo.listener.close(MINUTE);
  await until(() => isRefused(echo.port));
  const late = await echo.client.call("/echo.Echo/Unary", [bytesValue(3)]);
  assert.equal(late.code, Code.Unavailable, "the connection takes no new calls either");
  chat.write(bytesValue(4));
  chat.end();
  const { code, messages } = await outcome;
  assert.deepEqual([code, messages], [0, [bytesValue(3), bytesValue(4)]]);
  await closed;
});

/** Whether the port takes no connections any more. */
async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const outcome = await new Promise((resolve) =>
    socket.on("error", resolve).on("connect", resolve),
  );
  socket.destroy();
  return /ECONNREFUSED/.test(String(outcome));
}

for (const way of WAYS) {
  test(`A stop ends the remaining calls at the end of the grace, by ${way}`, async () => {
    await using echo = await openEcho(way);
    for (const path of ["/echo.Echo/Unary", "/echo.Echo/Repeat"]) {
      void echo.client.call(path, [bytesValue(3)], { hold: "1" });
    }
    const blocked = echo.client.start("/echo.Echo/Count");
    blocked.on("error", () => {});
    await until(() => echo.seen.running === 3);
    await echo.listener.close(50);
    await until(() => echo.seen.running === 0);
    assert.equal(echo.seen.reasons.length, 2);
  });
}

test("A stop closes connections without calls, or without a preface, at once", async () => {
  await using echo = await openEcho("short path");
  const idle = connectHttp2(`http://127.0.0.1:${echo.port}`);
  await new Promise((resolve) => idle.on("remoteSettings", resolve));
  const silent = connect(echo.port, "127.0.0.1");
  await new Promise((resolve) => silent.on("connect", resolve));
  await until(async () => (await echo.client.call("/echo.Echo/Unary", [bytesValue(3)])).code === 0);
  await echo.listener.close(MINUTE);
  await until(() => idle.destroyed);
  idle.destroy();
  silent.destroy();
});

test("openGrpcServer() fails when the port is taken", async () => {
  await using echo = await openEcho("short path");
  await assert.rejects(
    openRoutes(() => {}, { host: "127.0.0.1", port: echo.port }),
    /EADDRINUSE|AddrInUse|in use/i,
  );
});
