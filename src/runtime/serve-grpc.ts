/**
 * serveGrpc(): a service over gRPC alone, with its metrics on a port beside it, as BentoML's
 * `serve-grpc`.
 * @module
 */

import process from "node:process";
import { runtime } from "#runtime";
import { METRICS_PATH, metricsApp } from "../http/metrics.ts";
import { DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { type Routes, rpcRoutes } from "../rpc/routes.ts";
import { UNKNOWN } from "../service/request-metrics.ts";
import { checkService, type Service } from "../service/service.ts";
import { readConfig } from "./config-file.ts";
import { byteBudgetOf, http2LimitsOf } from "./grpc-options.ts";
import { readCertificates } from "./http2/certificates.ts";
import { whyNoGrpc } from "./http2/deno-version.ts";
import { openGrpcServer } from "./http2/grpc-server.ts";
import { openTlsPort } from "./http2/tls-port.ts";
import { runService } from "./lifecycle.ts";
import { type Address, openPort } from "./listen.ts";
import { grpcAlone } from "./ports.ts";
import type { Fetch } from "./runtime.ts";
import type { Server } from "./serve.ts";
import { checkServeOptions, type ServeGrpcOptions, type ServeInternals } from "./serve-options.ts";
import { settingsOf } from "./settings.ts";

/** Answers requests that are not calls on the gRPC port over TLS, where there is nothing else. */
function notFound({ requests }: Routes): Fetch {
  return () => {
    requests?.begin(UNKNOWN).end(404);
    return new Response(null, { status: 404 });
  };
}

/**
 * Serves a service over gRPC.
 *
 * @throws Error when a port cannot be opened or a runner cannot start; nothing is left running
 */
export function serveGrpc(service: Service, options: ServeGrpcOptions = {}): Promise<Server> {
  return serveGrpcWith(service, options, {});
}

/** As `serveGrpc()`, with internal settings. */
export async function serveGrpcWith(
  service: Service,
  options: ServeGrpcOptions,
  internals: ServeInternals,
): Promise<Server> {
  checkService("serveGrpc", service);
  checkServeOptions("serveGrpc", options);
  const { limits, config = await readConfig(options.config) } = internals;
  const settings = settingsOf(options, { limits, config });
  const { grpc: grpcAt, metrics: metricsAt } = grpcAlone(options, config);
  const trouble = whyNoGrpc(process.versions["deno"]);
  if (trouble !== undefined) throw new Error(trouble);
  const budget = internals.budget ?? byteBudgetOf(settings);
  const certificates = settings.tls && (await readCertificates(settings.tls));
  const { ports, close } = await runService(service, options, config, async (pictures) => {
    const routes = rpcRoutes(service, { ...settings, pictures });
    const bounds = { limits: http2LimitsOf(settings), budget };
    const open = (at: Address) =>
      certificates === undefined
        ? openGrpcServer(routes, { ...at, ...bounds })
        : openTlsPort(routes, notFound(routes), { ...at, ...bounds, certificates });
    const grpc = await openPort("grpc", grpcAt, open);
    if (settings.metrics.enabled === false) return [grpc];
    try {
      const paths = ["/", METRICS_PATH];
      const { fetch: answer } = metricsApp(service.metrics);
      const fetch = (request: Request) => answer(request);
      const listening = { paths, timeoutMs: DEFAULT_TIMEOUT_MS };
      const listen = (at: Address) => runtime.listen(fetch, { ...at, ...listening });
      return [grpc, await openPort("http", metricsAt, listen)];
    } catch (error) {
      await grpc.listener.close(0);
      throw error;
    }
  });
  const [grpc] = ports;
  const { port } = grpc.listener;
  return { port, url: grpc.text, grpcPort: port, close, [Symbol.asyncDispose]: close };
}
