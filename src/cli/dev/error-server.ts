/**
 * ErrorServer: answers every request while a service cannot be served, over HTTP with 503, over
 * gRPC with UNAVAILABLE. It listens on this machine, behind the ports of the service.
 * @module
 */

import { randomUUID } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { errorAnswer } from "./error-page.ts";

/** gRPC's number for UNAVAILABLE. */
const UNAVAILABLE = 14;

/** Two servers with one text. */
export class ErrorServer {
  /** Why the service cannot be served. */
  text = "";
  readonly #http: Server = this.#openHttp();
  readonly #grpc: Server = this.#openGrpc();

  /** Opens it. */
  static async open(): Promise<ErrorServer> {
    const opened = new ErrorServer();
    await Promise.all([listen(opened.#http), listen(opened.#grpc)]);
    return opened;
  }

  /** The port for HTTP/1.1. */
  get httpPort(): number {
    return portOf(this.#http);
  }

  /** The port for HTTP/2 without TLS. */
  get grpcPort(): number {
    return portOf(this.#grpc);
  }

  #openHttp(): Server {
    return createHttpServer((request, response) => {
      const { headers, method = "GET" } = request;
      const requestId = randomUUID();
      const facts = { accept: headers.accept ?? "", method, requestId };
      const { type, body } = errorAnswer(facts, this.text);
      response.writeHead(503, {
        "content-type": type,
        "cache-control": "no-store",
        "retry-after": "1",
        "x-content-type-options": "nosniff",
        "x-request-id": requestId,
        // The next request may reach the service.
        connection: "close",
      });
      response.end(method === "HEAD" ? undefined : body);
      request.resume();
    });
  }

  #openGrpc(): Server {
    const server = createHttp2Server();
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.on("error", () => {});
      stream.respond(
        {
          ":status": 200,
          "content-type": "application/grpc",
          "grpc-status": `${UNAVAILABLE}`,
          "grpc-message": encodeURIComponent(this.text).replaceAll("%20", " "),
        },
        { endStream: true },
      );
      stream.session?.close();
    });
    server.on("sessionError", () => {});
    return server;
  }

  close(): void {
    this.#http.close();
    this.#grpc.close();
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
