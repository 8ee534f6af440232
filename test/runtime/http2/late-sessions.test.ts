/** Connections to a gRPC port whose code is not loaded yet. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { Code } from "@connectrpc/connect";
import type { Routes } from "../../../src/rpc/routes.ts";
import { openGrpcServer } from "../../../src/runtime/http2/grpc-server.ts";
import { until } from "../../support/until.ts";
import { Echo, echoHandlers } from "./echo-service.ts";
import { bytesValue, GrpcClient } from "./grpc-client.ts";

const { handlers } = echoHandlers();
const routes: Routes = (router) => router.service(Echo, handlers);

/** A server that loads its routes when it is told to. */
async function openLate() {
  const loads: ReturnType<typeof Promise.withResolvers<Routes>>[] = [];
  const calls = {
    routes() {
      const load = Promise.withResolvers<Routes>();
      loads.push(load);
      return load.promise;
    },
  };
  const address = { host: "127.0.0.1", port: 0 };
  const { port, close } = await openGrpcServer(calls, address, "first connection");
  const client = new GrpcClient(`127.0.0.1:${port}`);
  const call = () => client.call("/echo.Echo/Unary", [bytesValue(3)]);
  return {
    ...{ loads, port, close, call },
    async [Symbol.asyncDispose]() {
      client.close();
      await close(0);
    },
  };
}

test("openGrpcServer() answers the calls that come before its code is loaded", async () => {
  await using server = await openLate();
  assert.equal(server.loads.length, 0);
  const early = [server.call(), server.call()];
  await until(() => server.loads.length === 1);
  server.loads[0]?.resolve(routes);
  for (const { code, messages } of await Promise.all(early)) {
    assert.deepEqual([code, messages], [0, [bytesValue(3)]]);
  }
  const { code } = await server.call();
  assert.deepEqual([code, server.loads.length], [0, 1]);
});

test("openGrpcServer() survives a client that leaves before its code is loaded", async () => {
  await using server = await openLate();
  const socket = connect(server.port, "127.0.0.1").resume();
  await until(() => server.loads.length === 1);
  socket.destroy();
  server.loads[0]?.resolve(routes);
  assert.equal((await server.call()).code, 0);
});

test("openGrpcServer() tries again to load its code if that has failed", async () => {
  await using server = await openLate();
  const socket = connect(server.port, "127.0.0.1").resume();
  const closed = new Promise((resolve) => socket.on("close", resolve));
  await until(() => server.loads.length === 1);
  server.loads[0]?.reject(new Error("the disk is gone"));
  await closed;
  const call = server.call();
  await until(() => server.loads.length === 2);
  server.loads[1]?.resolve(routes);
  assert.equal((await call).code, 0);
});

test("A stop of openGrpcServer() closes connections without code for them", async () => {
  await using server = await openLate();
  const socket = connect(server.port, "127.0.0.1").resume();
  const left = new Promise((resolve) => socket.on("close", resolve));
  await until(() => server.loads.length === 1);
  const closed = server.close(60_000);
  server.loads[0]?.resolve(routes);
  await Promise.all([closed, left]);
});

test("A stop of openGrpcServer() does not wait for its code longer than its grace", async () => {
  await using server = await openLate();
  const call = server.call();
  await until(() => server.loads.length === 1);
  await server.close(20);
  assert.equal((await call).code, Code.Unavailable);
});
