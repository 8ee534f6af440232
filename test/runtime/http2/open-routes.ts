/** Opens a gRPC server of routes that are there already. */
import type { Routes } from "../../../src/rpc/routes.ts";
import { openGrpcServer } from "../../../src/runtime/http2/grpc-server.ts";
import type { Http2Options } from "../../../src/runtime/http2/rpc-handler.ts";
import type { Listener } from "../../../src/runtime/listener.ts";

export function openRoutes(routes: Routes, options: Http2Options): Promise<Listener> {
  const calls = { requests: routes.requests, routes: async () => routes };
  return openGrpcServer(calls, options, "start");
}
