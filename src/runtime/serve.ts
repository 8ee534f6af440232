/**
 * serve(): a service on its ports: the HTTP family on one, gRPC on the next, or all on one.
 * @module
 */

import process from "node:process";
import { runtime } from "#runtime";
import type { ByteBudget } from "../byte-budget.ts";
import { httpApp, pathsOf } from "../http/app.ts";
import type { RequestOptions } from "../http/http-options.ts";
import { DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { ensureLogging, log } from "../log.ts";
import { type Routes, rpcPaths, rpcRoutes } from "../rpc/routes.ts";
import { requestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { configuredApp } from "./configured.ts";
import { decompressByZlib } from "./decompress.ts";
import { byteBudgetOf, type GrpcOptions, http2LimitsOf } from "./grpc-options.ts";
import {
  type CertificateFiles,
  type Certificates,
  readCertificates,
} from "./http2/certificates.ts";
import { compressions } from "./http2/compression.ts";
import { whyNoGrpc } from "./http2/deno-version.ts";
import { openGrpcServer } from "./http2/grpc-server.ts";
import { countInflated } from "./http2/inflated.ts";
import { limitsOf } from "./http2/limits.ts";
import { openOnePort } from "./http2/one-port.ts";
import { openTlsPort } from "./http2/tls-port.ts";
import { type LifeOptions, live, type Ports } from "./lifecycle.ts";
import { type Address, checkPort, openPort } from "./listen.ts";
import type { Fetch } from "./runtime.ts";

/** How a service is served. */
export interface ServeOptions extends RequestOptions, LifeOptions, GrpcOptions {
  /** Default 3000; 0 takes any free port. */
  readonly port?: number;
  /** The address to listen on. Default `0.0.0.0`: every IPv4 address of this machine. */
  readonly host?: string;
  /** The port of gRPC; false for none. Default the next one after `port`: 3001. */
  readonly grpcPort?: number | false;
  /** The address of gRPC's own port. Default `host`. */
  readonly grpcHost?: string;
  /** Whether gRPC is served on `port` too, by its first bytes. Default false. */
  readonly onePort?: boolean;
  /** Certificates: then everything is on `port`, over TLS; gRPC too, unless `grpcPort` is false. */
  readonly tls?: CertificateFiles;
}

/** The options of servers that are not for users. */
export interface ServeInternals {
  /** The budget of `maxHeldBytes`. */
  readonly budget?: ByteBudget;
}

/** A service that is being served. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** Where this machine reaches it, such as `http://localhost:3000`. */
  readonly url: string;
  /** The port of gRPC; `undefined` where it is not served. */
  readonly grpcPort: number | undefined;
  /** Stops: no new requests, those under way finish (bounded), then the runners close. */
  close(): Promise<void>;
}

/**
 * Serves a service: opens its ports, starts its runners, and is done when they are ready.
 *
 * @throws Error when a port cannot be had or a runner cannot start; nothing is left running
 *
 * @example
 * await using server = await serve(mnist, { port: 3000 });
 */
export function serve(service: Service, options: ServeOptions = {}): Promise<Server> {
  return serveWith(service, options);
}

/** As `serve()`, with a budget that tests look into. */
export async function serveWith(
  service: Service,
  options: ServeOptions & ServeInternals,
): Promise<Server> {
  ensureLogging(); // the plan may have something to say
  const plan = planOf(options);
  const budget = options.budget ?? byteBudgetOf(options);
  const certificates = options.tls && (await readCertificates(options.tls));
  const { ports, close } = await live(service, options, async (pictures) => {
    const settings = { pictures, ...options, ...configuredApp(options) };
    const routes = rpcRoutes(service, settings);
    const means = { budget, compressions, countInflated, decompress: decompressByZlib };
    const { fetch: answer } = httpApp(service, { ...settings, ...means, routes });
    const requests = requestCounter(service, "http", settings.metrics);
    return await openAll(plan, {
      certificates,
      routes,
      budget,
      fetch: Object.assign((request: Request, env?: object) => answer(request, env), { requests }),
      paths: [...pathsOf(service), ...rpcPaths(routes)],
      options,
    });
  });
  const [http, grpc] = ports;
  return {
    port: http.listener.port,
    url: http.text,
    grpcPort: plan.grpc === "same" ? http.listener.port : grpc?.listener.port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What is served, and by which certificates. */
interface Parts {
  readonly certificates: Certificates | undefined;
  readonly routes: Routes;
  readonly budget: ByteBudget;
  readonly fetch: Fetch;
  /** The paths that have routes. */
  readonly paths: readonly string[];
  readonly options: ServeOptions;
}

async function openAll({ http: where, grpc }: Plan, parts: Parts): Promise<Ports> {
  const { certificates, routes, budget, fetch, paths, options } = parts;
  const bounds = { limits: http2LimitsOf(options), budget };
  if (certificates !== undefined) {
    const calls = grpc === undefined ? undefined : routes;
    const open = (at: Address) => openTlsPort(calls, fetch, { ...at, ...bounds, certificates });
    return [await openPort("https", where, open)];
  }
  if (grpc === "same") {
    const open = (at: Address) => openOnePort(routes, fetch, { ...at, ...bounds });
    return [await openPort("http", where, open)];
  }
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { maxConnections } = limitsOf(bounds.limits);
  const settings = { maxConnections, paths, timeoutMs };
  const listen = (at: Address) => runtime.listen(fetch, { ...at, ...settings });
  const http = await openPort("http", where, listen);
  if (grpc === undefined) return [http];
  try {
    const open = (at: Address) => openGrpcServer(routes, { ...at, ...bounds });
    return [http, await openPort("grpc", grpc, open)];
  } catch (error) {
    await http.listener.close(0);
    throw error;
  }
}

/** Which ports there are to be. */
interface Plan {
  readonly http: Address;
  /** The port of gRPC; `same` for that of HTTP, undefined for none. */
  readonly grpc: Address | "same" | undefined;
}

/** @throws Error for ports that cannot be, or on a runtime that cannot have them */
function planOf(options: ServeOptions): Plan {
  const { host = "0.0.0.0", grpcPort, grpcHost = host, onePort = false, tls } = options;
  const http = { host, port: checkPort("port", options.port ?? 3000) };
  const isOne = onePort || tls !== undefined;
  if (isOne) requireOne(options);
  const hasGrpc = grpcPort !== false;
  const trouble = whyNoGrpc(process.versions["deno"]);
  // The server of TLS is the same, whatever is served over it.
  if (trouble !== undefined && (hasGrpc || isOne)) {
    if (isOne || grpcPort !== undefined) throw new Error(trouble);
    log.warn(trouble);
    return { http, grpc: undefined };
  }
  if (!hasGrpc) return { http, grpc: undefined };
  if (isOne) return { http, grpc: "same" };
  const next = http.port === 0 ? 0 : Math.min(http.port + 1, 65_535);
  return { http, grpc: { host: grpcHost, port: checkPort("grpcPort", grpcPort ?? next) } };
}

/** @throws Error where gRPC is to be elsewhere than on the one port that there is */
function requireOne({ host = "0.0.0.0", grpcPort, grpcHost = host, onePort }: ServeOptions): void {
  if (grpcPort === false && !onePort) return;
  const isElsewhere = grpcHost !== host;
  if (grpcPort === undefined && !isElsewhere) return;
  const given = isElsewhere ? `"grpcHost" was ${grpcHost}` : `"grpcPort" was ${grpcPort}`;
  throw new Error(`${given}, but with "onePort" or "tls" there is one port`);
}
