/**
 * serve(): a service on its ports: the HTTP family on one, gRPC on the next, or all on one.
 * @module
 */

import process from "node:process";
import { runtime } from "#runtime";
import type { ByteBudget } from "../byte-budget.ts";
import { httpApp, pathsOf } from "../http/http-app.ts";
import { ensureLogging, log } from "../log.ts";
import { type Routes, rpcPaths, rpcRoutes } from "../rpc/routes.ts";
import { requestCounter } from "../service/request-metrics.ts";
import { checkService, type Service } from "../service/service.ts";
import { readConfig } from "./config-file.ts";
import { byteBudgetOf, http2LimitsOf } from "./grpc-options.ts";
import { type Certificates, readCertificates } from "./http2/certificates.ts";
import { compressions } from "./http2/compression.ts";
import { whyNoGrpc } from "./http2/deno-version.ts";
import { openGrpcServer } from "./http2/grpc-server.ts";
import { countInflated } from "./http2/inflated.ts";
import { limitsOf } from "./http2/limits.ts";
import { openOnePort } from "./http2/one-port.ts";
import { openTlsPort } from "./http2/tls-port.ts";
import { type Ports, runService } from "./lifecycle.ts";
import { type Address, openPort } from "./listen.ts";
import { grpcBeside, httpAddress } from "./ports.ts";
import type { Fetch } from "./runtime.ts";
import { checkServeOptions, type ServeInternals, type ServeOptions } from "./serve-options.ts";
import { type ServeSettings, settingsOf } from "./settings.ts";

/** A service that is being served. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** The URL for clients on this machine, such as `http://localhost:3000`. */
  readonly url: string;
  /** The port of gRPC; `undefined` where it is not served. */
  readonly grpcPort: number | undefined;
  /** Refuses new requests, waits for those under way up to `graceMs`, and stops the runners. */
  close(): Promise<void>;
}

/**
 * Serves a service: opens its ports, starts its runners, and resolves when they are ready.
 *
 * @throws Error when a port cannot be opened or a runner cannot start; nothing is left running
 *
 * @example
 * await using server = await serve(mnist, { port: 3000 });
 */
export function serve(service: Service, options: ServeOptions = {}): Promise<Server> {
  return serveWith(service, options, {});
}

/** As `serve()`, with internal settings. */
export async function serveWith(
  service: Service,
  options: ServeOptions,
  internals: ServeInternals,
): Promise<Server> {
  checkService("serve", service);
  checkServeOptions("serve", options);
  ensureLogging(); // planOf() may log a warning
  const { limits, config = await readConfig(options.config) } = internals;
  const settings = settingsOf(options, { limits, config });
  const plan = planOf(options, settings);
  const budget = internals.budget ?? byteBudgetOf(settings);
  const certificates = settings.tls && (await readCertificates(settings.tls));
  const { ports, close } = await runService(service, options, config, async (pictures) => {
    const routes = rpcRoutes(service, { ...settings, pictures });
    const means = { pictures, budget, compressions, countInflated };
    const { fetch: answer } = httpApp(service, { ...settings, ...means, routes });
    const requests = requestCounter(service, "http", settings.metrics);
    return await openAll(plan, {
      certificates,
      routes,
      budget,
      fetch: Object.assign((request: Request, env?: object) => answer(request, env), { requests }),
      paths: [...pathsOf(service), ...rpcPaths(routes)],
      settings,
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

/** The parts of a server. */
interface Parts {
  readonly certificates: Certificates | undefined;
  readonly routes: Routes;
  readonly budget: ByteBudget;
  readonly fetch: Fetch;
  /** The paths that have routes. */
  readonly paths: readonly string[];
  readonly settings: ServeSettings;
}

async function openAll({ http: where, grpc }: Plan, parts: Parts): Promise<Ports> {
  const { certificates, routes, budget, fetch, paths, settings } = parts;
  const bounds = { limits: http2LimitsOf(settings), budget };
  if (certificates !== undefined) {
    const calls = grpc === undefined ? undefined : routes;
    const open = (at: Address) => openTlsPort(calls, fetch, { ...at, ...bounds, certificates });
    return [await openPort("https", where, open)];
  }
  if (grpc === "same") {
    const open = (at: Address) => openOnePort(routes, fetch, { ...at, ...bounds });
    return [await openPort("http", where, open)];
  }
  const { timeoutMs } = settings;
  const { maxConnections } = limitsOf(bounds.limits);
  const listen = (at: Address) =>
    runtime.listen(fetch, { ...at, maxConnections, paths, timeoutMs });
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

/** The ports to open. */
interface Plan {
  readonly http: Address;
  /** The port of gRPC; `same` for that of HTTP, undefined for none. */
  readonly grpc: Address | "same" | undefined;
}

/** @throws Error for ports that contradict each other, or that the runtime cannot serve */
function planOf(options: ServeOptions, { tls, config }: ServeSettings): Plan {
  const http = httpAddress(options, config);
  const isOne = options.onePort === true || tls !== undefined;
  const grpc = grpcBeside(http, isOne, options, config);
  const trouble = whyNoGrpc(process.versions["deno"]);
  // TLS uses the HTTP/2 server even without gRPC.
  if (trouble === undefined || (grpc === undefined && !isOne)) return { http, grpc };
  if (isOne || options.grpcPort !== undefined) throw new Error(trouble);
  log.warn(trouble);
  return { http, grpc: undefined };
}
