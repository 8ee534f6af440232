/** The echo service on a free port of this process, with a client. */

import type { RpcOptions } from "../../../src/runtime/http2/rpc-handler.ts";
import type { Listener } from "../../../src/runtime/listener.ts";
import { Echo, echoHandlers, type Seen } from "./echo-service.ts";
import { GrpcClient } from "./grpc-client.ts";
import { openRoutes } from "./open-routes.ts";

/** A server, until it is disposed of. */
export interface OpenEcho extends AsyncDisposable {
  readonly listener: Listener;
  readonly port: number;
  readonly seen: Seen;
  readonly client: GrpcClient;
}

/** By which way calls are answered, for tests that run by both. */
export const WAYS = ["short path", "universal handlers"] as const;

export type Way = (typeof WAYS)[number];

export async function openEcho(way: Way, options: RpcOptions = {}): Promise<OpenEcho> {
  const { handlers, seen } = echoHandlers();
  const listener = await openRoutes((router) => router.service(Echo, handlers), {
    host: "127.0.0.1",
    port: 0,
    shortPath: way === "short path",
    ...options,
  });
  const client = new GrpcClient(`127.0.0.1:${listener.port}`);
  return {
    listener,
    port: listener.port,
    seen,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await listener.close(0);
    },
  };
}
