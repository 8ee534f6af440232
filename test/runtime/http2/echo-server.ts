/**
 * A program: serves `echo.Echo` on a port for calls and on one for everything, and says what it
 * has seen when it gets a line on its standard input. Its argument is its limits, as JSON.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import type { Routes } from "../../../src/rpc/routes.ts";
import { openOnePort } from "../../../src/runtime/http2/one-port.ts";
import { Echo, echoHandlers } from "./echo-service.ts";
import { openRoutes } from "./open-routes.ts";

const { handlers, seen } = echoHandlers();
const routes: Routes = (router) => router.service(Echo, handlers);
const options = { host: "127.0.0.1", port: 0, limits: JSON.parse(process.argv[2] ?? "{}") };

const grpc = await openRoutes(routes, options);
const one = await openOnePort(
  routes,
  async (request) => new Response(await request.arrayBuffer()),
  options,
);

const say = (value: unknown): void => console.log(JSON.stringify(value));
say({ grpcPort: grpc.port, onePort: one.port });
for await (const _ of createInterface({ input: process.stdin })) {
  const { started, running } = seen;
  say({ started, running, rssBytes: process.memoryUsage().rss });
}
process.exit();
