/** A service that is called in memory, over each protocol that goes through fetch. */

import type { Transport } from "@connectrpc/connect";
import {
  type Compression,
  type UniversalClientFn,
  universalClientResponseFromFetch,
} from "@connectrpc/connect/protocol";
import { createTransport as connectTransport } from "@connectrpc/connect/protocol-connect";
import { createTransport as grpcWebTransport } from "@connectrpc/connect/protocol-grpc-web";
import { compressions } from "../../src/rpc/compression.ts";
import { type RpcFetch, type RpcFetchOptions, rpcFetch } from "../../src/rpc/fetch.ts";
import { type Routes, type RpcRoutesOptions, rpcRoutes } from "../../src/rpc/routes.ts";
import { type Service, service } from "../../src/service/service.ts";
import type { Apis } from "../../src/service/service-options.ts";
import type { ServiceRunner } from "../../src/service/service-runner.ts";

/** A runner whose readiness is set by hand. */
class FakeRunner implements ServiceRunner {
  readonly name = "fake";
  readonly whyNotReady = undefined;
  readonly backends = [];
  readonly #listeners: (() => void)[] = [];
  #ready = false;

  get ready(): boolean {
    return this.#ready;
  }

  set ready(ready: boolean) {
    this.#ready = ready;
    for (const listener of this.#listeners) listener();
  }

  onReadyChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  stats() {
    return { ready: 1 };
  }

  async start(): Promise<void> {}
  async close(): Promise<void> {}
}

/** A service that is ready, and its runner. */
export function serviceOf(
  apis: Apis,
  rpc: Routes = () => {},
): { readonly service: Service; readonly runner: FakeRunner } {
  const runner = new FakeRunner();
  const made = service("example", { apis, runners: [runner], rpc });
  runner.ready = true;
  return { service: made, runner };
}

/** The protocols, as tests are called. */
export const PROTOCOLS = ["Connect JSON", "Connect binary", "gRPC-Web"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** How a client sends. */
export interface ClientOptions {
  readonly compress?: boolean;
  readonly acceptGzip?: boolean;
  /** Calls methods without side effects by GET. */
  readonly useHttpGet?: boolean;
}

/** Connect's own client, over a function in place of a network. */
export function transportTo(
  rpc: RpcFetch,
  protocol: Protocol,
  { compress = false, acceptGzip = false, useHttpGet = false }: ClientOptions = {},
): Transport {
  const create = protocol === "gRPC-Web" ? grpcWebTransport : connectTransport;
  return create({
    httpClient: clientOf(rpc),
    baseUrl: "http://test",
    useBinaryFormat: protocol !== "Connect JSON",
    interceptors: [],
    acceptCompression: acceptGzip ? [...compressions] : [],
    sendCompression: compress ? (compressions[0] as Compression) : null,
    compressMinBytes: 0,
    readMaxBytes: 2 ** 26,
    writeMaxBytes: 2 ** 26,
    useHttpGet,
  });
}

function clientOf(rpc: RpcFetch): UniversalClientFn {
  return async ({ url, method, header, body, signal }) => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of body ?? []) chunks.push(chunk as Uint8Array<ArrayBuffer>);
    const sentBody = method === "GET" ? null : new Blob(chunks);
    const sent = { method, headers: header, body: sentBody, signal: signal ?? null };
    const response = await rpc(new Request(url, sent));
    if (response === undefined) throw new Error(`There is no call at ${url}`);
    return universalClientResponseFromFetch(response);
  };
}

/** The calls of some APIs. */
export function fetchOf(
  apis: Apis,
  options: RpcRoutesOptions = {},
  bounds: RpcFetchOptions = {},
): RpcFetch {
  return rpcFetch(rpcRoutes(serviceOf(apis).service, options), bounds);
}

/** How often each API was answered with each status, as `upper 200: 1`; those under way as `…`. */
export async function countsOf({ metrics }: Service): Promise<string[]> {
  const { body } = await metrics.expose(null);
  const text = await new Response(body).text();
  const counts = /request_(total|in_progress)\{api_name="([^"]+)"(?:.*?code="(\d+)")?.*\} (\d+)/g;
  return [...text.matchAll(counts)]
    .map(([, kind, api, code, count]) => `${api} ${kind === "total" ? code : "…"}: ${count}`)
    .filter((counted) => !counted.endsWith("…: 0"))
    .sort();
}
