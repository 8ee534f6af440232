/**
 * serveGrpc(): a service over gRPC alone, with its metrics on a port beside it, as BentoML's
 * `serve-grpc`.
 * @module
 */

import process from "node:process";
import { runtime } from "#runtime";
import type { RequestOptions } from "../http/http-options.ts";
import { METRICS_PATH, metricsApp } from "../http/metrics.ts";
import { DEFAULT_TIMEOUT_MS } from "../limits.ts";
import { type Routes, rpcRoutes } from "../rpc/routes.ts";
import { UNKNOWN } from "../service/request-metrics.ts";
import type { Service } from "../service/service.ts";
import { configuredApp } from "./configured.ts";
import { byteBudgetOf, type GrpcOptions, http2LimitsOf } from "./grpc-options.ts";
import { type CertificateFiles, readCertificates } from "./http2/certificates.ts";
import { whyNoGrpc } from "./http2/deno-version.ts";
import { openGrpcServer } from "./http2/grpc-server.ts";
import { openTlsPort } from "./http2/tls-port.ts";
import { type LifeOptions, live } from "./lifecycle.ts";
import { type Address, checkPort, openPort } from "./listen.ts";
import type { Fetch } from "./runtime.ts";
import type { Server } from "./serve.ts";

/** How a service is served over gRPC alone. */
export interface ServeGrpcOptions extends RequestOptions, LifeOptions, GrpcOptions {
  /** Default 3000; 0 takes any free port. */
  readonly port?: number;
  /** The address to listen on. Default `0.0.0.0`. */
  readonly host?: string;
  /** Where Prometheus finds the metrics, at `/` and `/metrics`. Default 3001. */
  readonly metricsPort?: number;
  /** The address of the metrics. Default `host`. */
  readonly metricsHost?: string;
  /** Certificates: then gRPC is over TLS; the metrics are not. */
  readonly tls?: CertificateFiles;
}

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
 * @throws Error when a port cannot be had or a runner cannot start; nothing is left running
 */
export async function serveGrpc(service: Service, options: ServeGrpcOptions = {}): Promise<Server> {
  const { host = "0.0.0.0", metricsPort = 3001, metricsHost = host, tls } = options;
  const grpcAt = { host, port: checkPort("port", options.port ?? 3000) };
  const metricsAt = { host: metricsHost, port: checkPort("metricsPort", metricsPort) };
  const trouble = whyNoGrpc(process.versions["deno"]);
  if (trouble !== undefined) throw new Error(trouble);
  const budget = byteBudgetOf(options);
  const certificates = tls && (await readCertificates(tls));
  const { ports, close } = await live(service, options, async (pictures) => {
    const settings = { pictures, ...options, ...configuredApp(options) };
    const routes = rpcRoutes(service, settings);
    const bounds = { limits: http2LimitsOf(settings), budget };
    const open = (at: Address) =>
      certificates === undefined
        ? openGrpcServer(routes, { ...at, ...bounds })
        : openTlsPort(routes, notFound(routes), { ...at, ...bounds, certificates });
    const grpc = await openPort("grpc", grpcAt, open);
    if (settings.metrics?.enabled === false) return [grpc];
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
