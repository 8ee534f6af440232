/**
 * GrpcSessions: the HTTP/2 connections of a port that serves nothing but calls.
 * @module
 */

import { createServer, type Http2Server } from "node:http2";
import type { Socket } from "node:net";
import type { Routes } from "../../rpc/routes.ts";
import type { Connections } from "../connections.ts";
import { http2OptionsOf, limitsOf } from "./limits.ts";
import { type RpcOptions, rpcHandler } from "./rpc-handler.ts";
import { Sessions } from "./sessions.ts";

/** Serves the calls of routes, on the sockets of another server. */
export class GrpcSessions {
  readonly #server: Http2Server;
  readonly #sessions: Sessions;

  constructor(routes: Routes, connections: Connections, options: RpcOptions) {
    const limits = limitsOf(options.limits);
    this.#server = createServer(http2OptionsOf(limits));
    this.#sessions = new Sessions(this.#server, connections, limits);
    this.#sessions.serve(this.#server, rpcHandler(routes, options, true));
  }

  /** Takes a connection. */
  take(socket: Socket): void {
    this.#server.emit("connection", socket);
  }

  /** Sends GOAWAY to every client; connections close when their last call ends. */
  close(): void {
    this.#sessions.close();
  }
}
