/** A static server for pages, such as any host of files is. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";

/** The contents of files, by the paths of their URLs. */
export type SiteFiles = Readonly<Record<string, string | Uint8Array>>;

/** The options of a site. */
export interface SiteOptions {
  /** Sends COOP and COEP, which give the page SharedArrayBuffer. Default false. */
  readonly isolated?: boolean;
  /** Headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers before the files do. Returns false to leave a request to them. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A running site. */
export interface Site extends AsyncDisposable {
  /** Its origin, without a slash at the end. */
  readonly url: string;
  /** The files, which a test may change. */
  readonly files: Map<string, string | Uint8Array>;
  /** The requests up to now, such as "GET /page.js". */
  readonly requests: string[];
  /** Stops the server; its port stays free for `start()`. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".onnx": "application/octet-stream",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Serves files; a path that ends in a slash is its `index.html`, if it is not a file itself. */
export async function serveFiles(files: SiteFiles, options: SiteOptions = {}): Promise<Site> {
  const contents = new Map(Object.entries(files));
  const requests: string[] = [];
  const headers = { ...(options.isolated === true ? ISOLATION : {}), ...options.headers };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    const path = decodeURIComponent(pathname);
    requests.push(`${request.method} ${path}`);
    if (options.handle?.(request, response) === true) return;
    const name = !contents.has(path) && path.endsWith("/") ? `${path}index.html` : path;
    const content = contents.get(name);
    if (content === undefined) {
      // As hosts of single pages do, which is how HTML comes in place of a file that is missing.
      response.writeHead(404, { ...headers, "content-type": "text/html" });
      response.end("<!doctype html><title>Not found</title>");
      return;
    }
    const type = TYPES[extname(name)] ?? (name.endsWith("/") ? TYPES[".html"] : undefined);
    response.writeHead(200, { ...headers, "content-type": type ?? "application/octet-stream" });
    response.end(content);
  };
  let port = 0;
  let server: Server | undefined;
  const start = async (): Promise<void> => {
    server = createServer(answer).listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server?.close(() => resolve()) ?? resolve());
    server?.closeAllConnections();
    await closed;
    server = undefined;
  };
  await start();
  const url = `http://127.0.0.1:${port}`;
  return { url, files: contents, requests, start, stop, [Symbol.asyncDispose]: stop };
}

/** Reads a folder with all that is below it; `base` is the path of its URL, "/" or "/sub/path/". */
export function filesIn(folder: URL, base = "/"): SiteFiles {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const root = folder.pathname.replace(/\/$/, "");
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = `${entry.parentPath.replace(/\/$/, "")}/${entry.name}`;
        return [`${base}${path.slice(decodeURIComponent(root).length + 1)}`, readFileSync(path)];
      }),
  );
}
