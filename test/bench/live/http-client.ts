/** HttpClient: HTTP/1.1 requests over kept-alive connections, at little cost for the client. */
import { createConnection, type Socket } from "node:net";

/** Receives the status; 0 if there was no answer. */
type Done = (status: number) => void;

/** A request that a connection can send as it is. */
export function requestOf(
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `${lines.join("")}Content-Length: ${length}\r\n\r\n${body}`,
  );
}

/** Opens a connection for each request that finds none idle, so that no request waits for one. */
export class HttpClient {
  readonly #port: number;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();

  constructor(port: number) {
    this.#port = port;
  }

  /** The connections that are open. */
  get connections(): number {
    return this.#all.size;
  }

  /** Sends a request. Returns a function that disconnects instead of waiting for the answer. */
  send(request: Buffer, done: Done): () => void {
    const idle = this.#idle.pop();
    if (idle === undefined) return this.#open(request, done);
    let disconnect = (): void => idle.close();
    idle.exchange(request, (status, isSilent) => {
      // The server may have closed the idle connection just then.
      if (status === 0 && isSilent) disconnect = this.#open(request, done);
      else this.#end(idle, status, done);
    });
    return () => disconnect();
  }

  /** Opens connections ahead, so that none is opened while times are measured. */
  async open(count: number): Promise<void> {
    const opened: Promise<void>[] = [];
    for (let at = this.#all.size; at < count; at++) {
      const connection = this.#connect();
      opened.push(connection.opened.then(() => void this.#idle.push(connection)));
    }
    await Promise.all(opened);
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #connect(): Connection {
    const connection = new Connection(this.#port, () => {
      this.#all.delete(connection);
      const at = this.#idle.indexOf(connection);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    this.#all.add(connection);
    return connection;
  }

  #open(request: Buffer, done: Done): () => void {
    const connection = this.#connect();
    connection.exchange(request, (status) => this.#end(connection, status, done));
    return () => connection.close();
  }

  #end(connection: Connection, status: number, done: Done): void {
    if (connection.isOpen) this.#idle.push(connection);
    done(status);
  }
}

/** A connection, with one request at a time. */
class Connection {
  isOpen = true;
  readonly opened: Promise<void>;
  readonly #socket: Socket;
  readonly #onClose: () => void;
  #received = "";
  #done: ((status: number, isSilent: boolean) => void) | undefined;

  constructor(port: number, onClose: () => void) {
    this.#onClose = onClose;
    this.#socket = createConnection({ port, host: "127.0.0.1", noDelay: true });
    this.opened = new Promise((resolve) => this.#socket.once("connect", resolve));
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#socket.on("error", () => {}); // "close" follows
    this.#socket.on("close", () => this.close());
  }

  exchange(request: Buffer, done: (status: number, isSilent: boolean) => void): void {
    this.#received = "";
    this.#done = done;
    this.#socket.write(request);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#onClose();
    this.#socket.destroy();
    this.#end(0);
  }

  #end(status: number): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(status, this.#received === "");
  }

  #read(chunk: Buffer): void {
    this.#received += chunk.toString("latin1");
    const headEnd = this.#received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    if (!isWhole(head, this.#received, headEnd + 4)) return;
    const status = Number(head.slice(9, 12));
    if (/^connection: *close/im.test(head)) {
      this.isOpen = false;
      this.#onClose();
      this.#socket.destroy();
    }
    this.#end(status);
  }
}

function isWhole(head: string, received: string, bodyStart: number): boolean {
  const [, length] = /^content-length: *(\d+)/im.exec(head) ?? [];
  if (length !== undefined) return received.length - bodyStart >= Number(length);
  if (/^transfer-encoding: *chunked/im.test(head)) return received.endsWith("\r\n0\r\n\r\n");
  throw new Error(`An answer without a length: ${head}`);
}
