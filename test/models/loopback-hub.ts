/** A hub on this machine, with the faults of networks and of liars. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const REPO = "Owner/My.Model";

/** Faults, each for one request; the next one has the next fault. */
export interface Fault {
  /** Answers with this status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the connection after so many bytes of the body. */
  readonly breakAfter?: number;
  /** Sends nothing more after so many bytes of the body, but keeps the connection. */
  readonly stallAfter?: number;
  /** Sends other bytes. */
  readonly body?: Uint8Array;
  /** Ignores that only the rest was asked for. */
  readonly ignoreRange?: boolean;
  /** Answers 206 with the beginning of another part. */
  readonly wrongRange?: boolean;
}

export interface Seen {
  readonly server: "hub" | "cdn";
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface HubFileSpec {
  readonly content: Uint8Array;
  /** True for a file that is kept elsewhere, with a redirect to it. */
  readonly lfs?: boolean;
}

/** A hub and its CDN, which is another origin. */
export class LoopbackHub implements AsyncDisposable {
  readonly files = new Map<string, HubFileSpec>();
  readonly seen: Seen[] = [];
  /** The faults of the next requests for files, in their order. */
  readonly faults: Fault[] = [];
  /** The faults of the next requests for lists. */
  readonly listFaults: Fault[] = [];
  commit = COMMIT;
  /** Changes the list that the hub answers. */
  edit: (list: Record<string, unknown>) => unknown = (list) => list;
  /**
   * Waits until a client has so many bytes of a file. When a connection breaks, clients drop what
   * they have received but not read.
   */
  arrived: (bytes: number) => Promise<void> = async () => {};
  readonly #hub: Server = createServer((request, response) => this.#answerHub(request, response));
  readonly #cdn: Server = createServer((request, response) => this.#answerCdn(request, response));

  static async open(files: Readonly<Record<string, HubFileSpec>>): Promise<LoopbackHub> {
    const hub = new LoopbackHub();
    for (const [path, file] of Object.entries(files)) hub.files.set(path, file);
    for (const server of [hub.#hub, hub.#cdn]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return hub;
  }

  get url(): string {
    return urlOf(this.#hub);
  }

  /** The requests for files since the last call, without those for lists. */
  get fetched(): readonly Seen[] {
    return this.seen.filter(({ path }) => !path.startsWith("/api/"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    }
  }

  #note(server: "hub" | "cdn", { url = "", headers }: IncomingMessage): string {
    const path = decodeURIComponent(new URL(url, "http://x").pathname);
    const { authorization, range } = headers;
    this.seen.push({ server, path, authorization, range });
    return path;
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const path = this.#note("hub", request);
    if (path.startsWith("/api/models/")) {
      const fault = this.listFaults.shift() ?? {};
      const list = this.edit({
        id: REPO,
        sha: this.commit,
        cardData: { license: "apache-2.0" },
        siblings: [...this.files].map(([name, file]) => siblingOf(name, file)),
      });
      send(response, { body: Buffer.from(JSON.stringify(list)) }, fault);
      return;
    }
    const name = path.replace(/^.*?\/resolve\/[^/]+\//, "");
    const file = this.files.get(name);
    if (file === undefined) {
      response.writeHead(404, { "x-error-code": "EntryNotFound" }).end("Entry not found");
      return;
    }
    const common = { "x-repo-commit": this.commit };
    if (file.lfs === true) {
      const headers = {
        ...common,
        location: `${urlOf(this.#cdn)}/blobs/${encodeURIComponent(name)}`,
        "x-linked-etag": `"${sha256(file.content)}"`,
        "x-linked-size": String(file.content.length),
      };
      response.writeHead(302, headers).end("Found");
      return;
    }
    this.#sendFile(request, response, file, { ...common, etag: `"${gitSha1(file.content)}"` });
  }

  #answerCdn(request: IncomingMessage, response: ServerResponse): void {
    const file = this.files.get(this.#note("cdn", request).replace("/blobs/", ""));
    if (file === undefined) response.writeHead(404).end();
    else this.#sendFile(request, response, file, { etag: '"cdn"' });
  }

  #sendFile(
    { headers: { range } }: IncomingMessage,
    response: ServerResponse,
    { content }: HubFileSpec,
    headers: Readonly<Record<string, string>>,
  ): void {
    const fault = this.faults.shift() ?? {};
    const bytes = fault.body ?? content;
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const isRest = from > 0 && fault.ignoreRange !== true && from < bytes.length;
    const start = fault.wrongRange === true ? from - 1 : from;
    const contentRange = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    const sent: Sent = {
      body: isRest ? bytes.subarray(start) : bytes,
      status: isRest ? 206 : 200,
      headers: { ...headers, ...(isRest ? { "content-range": contentRange } : {}) },
      arrived: async (count) => await this.arrived((isRest ? start : 0) + count),
    };
    send(response, sent, fault);
  }
}

interface Sent {
  readonly body: Uint8Array;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Resolves when the client has what was sent before a break. */
  readonly arrived?: (bytes: number) => Promise<void>;
}

function send(
  response: ServerResponse,
  { body, status = 200, headers, arrived }: Sent,
  fault: Fault,
): void {
  if (fault.status !== undefined) {
    response.writeHead(fault.status, fault.headers ?? {}).end("no");
    return;
  }
  const length = String(body.length);
  response.writeHead(status, { ...headers, "content-length": length, ...fault.headers });
  const { breakAfter, stallAfter } = fault;
  const end = breakAfter ?? stallAfter;
  if (end === undefined) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  response.write(body.subarray(0, end));
  if (breakAfter !== undefined) void arrived?.(breakAfter).then(() => response.destroy());
}

function siblingOf(rfilename: string, { content, lfs = false }: HubFileSpec) {
  const size = content.length;
  if (!lfs) return { rfilename, size, blobId: gitSha1(content) };
  const pointer = gitSha1(Buffer.from("pointer"));
  return {
    rfilename,
    size,
    blobId: pointer,
    lfs: { sha256: sha256(content), size, pointerSize: 7 },
  };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export function gitSha1(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}
