/**
 * LateSessions: the HTTP/2 connections of a port, by code that is loaded at the first one.
 * @module
 */

import type { Socket } from "node:net";
import { late } from "../../late.ts";
import { rpcLog as log } from "../../log.ts";
import type { Routes } from "../../rpc/routes.ts";
import type { RequestCounter } from "../../service/request-metrics.ts";
import type { Connections } from "../connections.ts";
import type { GrpcSessions } from "./grpc-sessions.ts";
import type { RpcOptions } from "./rpc-handler.ts";

/** The calls that a port serves. */
export interface LateCalls {
  /** Counts the calls; undefined if they are not counted. */
  readonly requests?: RequestCounter | undefined;
  /** Loads the code that answers them. */
  routes(): Promise<Routes>;
}

/** Passes connections on, once the code for them is loaded. */
export class LateSessions {
  readonly #calls: LateCalls;
  readonly #connections: Connections;
  readonly #options: RpcOptions;
  #sessions: GrpcSessions | undefined;
  #isClosing = false;

  constructor(calls: LateCalls, connections: Connections, options: RpcOptions) {
    this.#calls = calls;
    this.#connections = connections;
    this.#options = options;
  }

  /** Takes a new connection. */
  readonly take = (socket: Socket): void => {
    if (socket.destroyed) return; // there are too many
    if (this.#sessions === undefined) void this.#takeLate(socket);
    else this.#sessions.take(socket);
  };

  /** Loads the code, once. If that fails, the next connection tries it again. */
  readonly load: () => Promise<GrpcSessions> = late(() => this.#load());

  /** Sends GOAWAY to every client; connections close when their last call ends. */
  close(): void {
    this.#isClosing = true;
    this.#sessions?.close();
  }

  async #takeLate(socket: Socket): Promise<void> {
    socket.pause();
    try {
      const sessions = await this.load();
      if (socket.destroyed) return;
      sessions.take(socket);
      socket.resume();
    } catch (error) {
      log.error("The code for gRPC could not be loaded: {error}", { error });
      socket.destroy();
    }
  }

  async #load(): Promise<GrpcSessions> {
    const [{ GrpcSessions }, routes] = await Promise.all([
      import("./grpc-sessions.ts"),
      this.#calls.routes(),
    ]);
    this.#sessions = new GrpcSessions(routes, this.#connections, this.#options);
    if (this.#isClosing) this.#sessions.close();
    return this.#sessions;
  }
}
