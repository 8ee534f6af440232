/** Requests over HTTP/1.1 and HTTP/2, with and without TLS, and the status that a caller reads. */
import { request as httpRequest } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Code } from "@connectrpc/connect";
import { codeFromString, codeToHttpStatus } from "@connectrpc/connect/protocol-connect";

/** What is sent. */
export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What comes back. */
export interface Received {
  readonly status: number;
  /** The headers, and the trailers where there are any. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Sends a request, on a connection of its own or on one for all. */
export interface Client extends Disposable {
  readonly http: "1.1" | "2";
  send(sent: Sent): Promise<Received>;
  /** Sends what may be no request; returns the status of the answer, 0 for none. HTTP/1.1 alone. */
  sendBytes?(bytes: string): Promise<number>;
  /** Sends a request, waits until something is so, and gives up. */
  leave(sent: Sent, isWhole: boolean, when: () => Promise<void>): Promise<void>;
}

async function sendBytes(port: number, ca: Buffer | undefined, bytes: string): Promise<number> {
  const socket =
    ca === undefined
      ? connectPlain(port, "localhost")
      : connectTls({ port, host: "localhost", servername: "localhost", ca });
  let answer = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.on("error", () => {}); // the server may not have read everything
  socket.write(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
}

/** @param ca of TLS; undefined for none */
export function http1Client(port: number, ca: Buffer | undefined): Client {
  const open = ({ method = "POST", path, headers = {} }: Sent) => {
    const options = { port, host: "localhost", method, path, headers, agent: false } as const;
    return ca === undefined
      ? httpRequest(options)
      : httpsRequest({ ...options, ca, servername: "localhost" });
  };
  return {
    http: "1.1",
    send: (sent) =>
      new Promise((resolve, reject) => {
        const request = open(sent);
        request.on("error", reject);
        request.on("response", (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const { statusCode: status = 0, headers } = response;
            resolve({ status, headers, body: Buffer.concat(chunks) });
          });
        });
        request.end(sent.body);
      }),
    sendBytes: (bytes) => sendBytes(port, ca, bytes),
    async leave(sent, isWhole, when) {
      const request = open(sent);
      request.on("error", () => {});
      if (isWhole) request.end(sent.body);
      else request.write(sent.body ?? "");
      await when();
      request.destroy();
    },
    [Symbol.dispose]() {},
  };
}

/** @param ca of TLS; undefined for none */
export function http2Client(port: number, ca: Buffer | undefined): Client {
  const session = openSession(port, ca);
  const open = (
    { method = "POST", path, headers = {} }: Sent,
    endStream: boolean,
    on: ClientHttp2Session = session,
  ) => on.request({ ":method": method, ":path": path, ...headers }, { endStream });
  return {
    http: "2",
    send: (sent) =>
      new Promise((resolve, reject) => {
        const stream = open(sent, sent.body === undefined);
        const chunks: Buffer[] = [];
        let status = 0;
        let headers: Record<string, unknown> = {};
        const add = (more: Record<string, unknown>): void => {
          headers = { ...headers, ...more };
        };
        stream.on("response", (header) => {
          status = header[":status"] ?? 0;
          add(header);
        });
        stream.on("trailers", add);
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("error", reject);
        stream.on("end", () => resolve({ status, headers, body: Buffer.concat(chunks) }));
        if (sent.body !== undefined) stream.end(sent.body);
      }),
    async leave(sent, isWhole, when) {
      // To give up a stream alone is to end its message first, to the clients of Bun and Node.
      const own = openSession(port, ca);
      const stream = open(sent, false, own);
      stream.on("error", () => {});
      if (isWhole) stream.end(sent.body);
      else stream.write(sent.body ?? "");
      await when();
      own.destroy();
    },
    [Symbol.dispose]: () => session.destroy(),
  };
}

function openSession(port: number, ca: Buffer | undefined): ClientHttp2Session {
  const session =
    ca === undefined
      ? connect(`http://localhost:${port}`)
      : connect(`https://localhost:${port}`, { ca });
  session.on("error", () => {});
  return session;
}

/** A message with the five bytes before it that gRPC, gRPC-Web and streams of Connect want. */
export function framed(message: string | Buffer, flags = 0): Buffer {
  const bytes = Buffer.from(message);
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The status that a caller reads, as one of HTTP. */
export function statusRead({ status, headers, body }: Received): number {
  const type = String(headers["content-type"] ?? "");
  if (status !== 200) return status;
  if (type.startsWith("application/connect+")) {
    const { error } = JSON.parse(lastFrame(body).toString()) as { error?: { code: string } };
    return error === undefined ? 200 : codeToHttpStatus(codeFromString(error.code) as Code);
  }
  if (!type.startsWith("application/grpc")) return status;
  const inBody = /grpc-status: *(\d+)/i.exec(body.toString("latin1"))?.[1];
  const code = Number(headers["grpc-status"] ?? inBody);
  return code === 0 ? 200 : codeToHttpStatus(code);
}

function lastFrame(body: Buffer): Buffer {
  let at = 0;
  for (;;) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    if (end >= body.length) return body.subarray(at + 5);
    at = end;
  }
}
