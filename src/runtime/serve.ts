/**
 * serve(): a service on its ports: the HTTP family on one, gRPC on the next, or all on one.
 * @module
 */

import process from "node:process";
import type { ByteBudget } from "../byte-budget.ts";
import { openHttpApp } from "../http/http-app.ts";
import { listenedTo } from "../invocation/listeners.ts";
import { log } from "../log.ts";
import { LateRpc } from "../rpc/late-rpc.ts";
import { checkService } from "../service/check-service.ts";
import { requestCounter } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { openAccess, whoMayCall } from "./access.ts";
import { readConfig } from "./config-file.ts";
import { byteBudgetOf, http2LimitsOf } from "./grpc-options.ts";
import type { Certificates } from "./http2/certificates.ts";
import { whyNoGrpc } from "./http2/deno-version.ts";
import { openGrpcServer } from "./http2/grpc-server.ts";
import { countInflated } from "./http2/inflated.ts";
import { limitsOf } from "./http2/limits.ts";
import { certificatesOf, openOne, openTls } from "./late-ports.ts";
import { type Ports, runService } from "./lifecycle.ts";
import { type Address, openPort } from "./listen.ts";
import { listenHttp1 } from "./listen-http1.ts";
import type { Fetch } from "./listener.ts";
import { ensureServerLogging } from "./logging.ts";
import { grpcBeside, httpAddress } from "./ports.ts";
import { checkServeOptions, type ServeInternals, type ServeOptions } from "./serve-options.ts";
import { type ServeSettings, settingsOf } from "./settings.ts";
import { socketPathOf } from "./unix-socket.ts";

/** A service that is being served. */
export interface Server extends AsyncDisposable {
  /** The port; 0 on a Unix domain socket. */
  readonly port: number;
  /** The URL for clients on this machine, such as `http://localhost:3000`, or the socket. */
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
  ensureServerLogging(); // planOf() may log a warning
  const { limits, config = await readConfig(options.config) } = internals;
  const settings = settingsOf(options, { limits, config });
  const plan = planOf(options, settings);
  const budget = internals.budget ?? byteBudgetOf(settings);
  const certificates = settings.tls && (await certificatesOf(settings.tls));
  const { publicHost = plan.http.host } = internals;
  const { access, watch } = await openAccess(service, settings, publicHost);
  const { ports, close } = await runService(
    service,
    options,
    config,
    async (pictures) => {
      const rpc = new LateRpc(service, { ...settings, pictures, access });
      await rpc.check();
      const means = { pictures, budget, compressions, countInflated, access };
      const page = { ui: options.ui ?? true, grpcPort: () => portOfGrpc(plan, opened) };
      const { hono, apis } = openHttpApp(service, { ...settings, ...means, ...page, rpc });
      const requests = requestCounter(service, "http", listenedTo("http", settings));
      const listening = await openAll(plan, {
        certificates,
        rpc,
        budget,
        fetch: Object.assign((request: Request, env?: object) => hono.fetch(request, env), {
          apis,
          requests,
        }),
        settings,
      });
      const opened: Ports = internals.opened?.(listening) ?? listening;
      return opened;
    },
    watch,
  );
  const [http] = ports;
  log.info(whoMayCall(publicHost, access));
  // A browser opens no socket of the file system.
  const hasUrl = http.text.startsWith("http");
  if (hasUrl && (options.ui ?? true)) log.info(`Open ${http.text} to try it`);
  return {
    port: http.listener.port,
    url: http.text,
    grpcPort: portOfGrpc(plan, ports),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Loads the compressions of messages. */
const compressions = async () => (await import("./http2/compression.ts")).compressions;

/** Returns the port of gRPC; undefined where it is not served. */
function portOfGrpc({ grpc }: Plan, [http, own]: Ports): number | undefined {
  return grpc === "same" ? http.listener.port : own?.listener.port;
}

/** The parts of a server. */
interface Parts {
  readonly certificates: Certificates | undefined;
  readonly rpc: LateRpc;
  readonly budget: ByteBudget;
  readonly fetch: Fetch;
  readonly settings: ServeSettings;
}

async function openAll({ http: where, grpc }: Plan, parts: Parts): Promise<Ports> {
  const { certificates, rpc, budget, fetch, settings } = parts;
  const bounds = { limits: http2LimitsOf(settings), budget };
  if (certificates !== undefined) {
    const calls = grpc === undefined ? undefined : rpc;
    const open = (at: Address) => openTls(calls, fetch, { ...at, ...bounds, certificates });
    return [await openPort("https", where, open)];
  }
  if (grpc === "same") {
    const open = (at: Address) => openOne(rpc, fetch, { ...at, ...bounds });
    return [await openPort("http", where, open)];
  }
  const { maxConnections } = limitsOf(bounds.limits);
  const listen = (at: Address) => listenHttp1(fetch, { ...at, maxConnections });
  const http = await openPort("http", where, listen);
  if (grpc === undefined) return [http];
  try {
    const open = (at: Address) => openGrpcServer(rpc, { ...at, ...bounds }, "first connection");
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
  if (tls !== undefined && socketPathOf(http.host) !== undefined) {
    throw new Error(`TLS is not served on ${http.host}: leave it to the proxy before it`);
  }
  const grpc = grpcBeside(http, isOne, options, config);
  const trouble = whyNoGrpc(process.versions["deno"]);
  // TLS uses the HTTP/2 server even without gRPC.
  if (trouble === undefined || (grpc === undefined && !isOne)) return { http, grpc };
  if (isOne || options.grpcPort !== undefined) throw new Error(trouble);
  log.warn(trouble);
  return { http, grpc: undefined };
}
