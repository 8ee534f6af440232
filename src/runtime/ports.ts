/**
 * Ports: where to listen, by the options first, then the configuration, then the defaults.
 * @module
 */

import type { Config } from "../config/config.ts";
import { type Address, checkPort } from "./listen.ts";
import type { ServeGrpcOptions, ServeOptions } from "./serve-options.ts";
import { socketPathOf } from "./unix-socket.ts";

/** The default port and address, and the default port of the metrics of `serveGrpc()`. */
const PORT = 3000;
const METRICS_PORT = 3001;
const HOST = "0.0.0.0";

type MaybeConfig = Config | undefined;

/**
 * Returns the address of HTTP.
 *
 * @throws RangeError for an invalid port
 */
export function httpAddress({ host, port }: ServeOptions, config: MaybeConfig): Address {
  const configured = config?.apiServer.http;
  return {
    host: host ?? configured?.host ?? HOST,
    port: checkPort("port", port ?? configured?.port ?? PORT),
  };
}

/**
 * Returns the address of gRPC beside HTTP: `same` for HTTP's own port, undefined for no gRPC. The
 * port in the configuration counts only if it differs from HTTP's: BentoML's default is 3000 for
 * both, since each has a command of its own. Beside a Unix domain socket there is gRPC only with an
 * address of its own.
 *
 * @param isOne whether both share one port
 * @throws Error for an address that differs from the shared one, RangeError for an invalid port
 */
export function grpcBeside(
  http: Address,
  isOne: boolean,
  options: ServeOptions,
  config: MaybeConfig,
): Address | "same" | undefined {
  const { grpcPort, grpcHost, host, onePort = false } = options;
  if (grpcPort === false) {
    if (onePort) throw twoPlaces("grpcPort", grpcPort);
    return undefined;
  }
  const configured = config?.apiServer.grpc;
  const address = grpcHost ?? host ?? configured?.host ?? http.host;
  const port = configured?.port === http.port ? undefined : configured?.port;
  if (!isOne && socketPathOf(address) !== undefined) {
    if (grpcPort === undefined) return undefined;
    throw new Error(
      `gRPC cannot listen on ${address} beside HTTP: leave out its port ${grpcPort}, give it an ` +
        `address of its own ("grpcHost"), or serve both on the socket ("onePort", --one-port)`,
    );
  }
  if (!isOne) {
    const next = http.port === 0 ? 0 : Math.min(http.port + 1, 65_535);
    return { host: address, port: checkPort("grpcPort", grpcPort ?? port ?? next) };
  }
  if (grpcHost !== undefined && grpcHost !== http.host) throw twoPlaces("grpcHost", grpcHost);
  if (address !== http.host) throw elsewhere("host", address, http.host);
  if (grpcPort !== undefined) throw twoPlaces("grpcPort", grpcPort);
  if (port !== undefined && !onePort) throw elsewhere("port", port, http.port);
  return "same";
}

function twoPlaces(option: string, given: unknown): Error {
  return new Error(
    `"${option}" was ${given}, but with "onePort" (--one-port) or "tls" there is one port: leave ` +
      "it out",
  );
}

function elsewhere(key: "host" | "port", given: unknown, wanted: unknown): Error {
  return new Error(
    `"api_server.grpc.${key}" was ${given}, but over TLS, or with --one-port, gRPC listens ` +
      `with HTTP, whose ${key} is ${wanted}: leave it out, or make them the same`,
  );
}

/**
 * Returns the addresses of gRPC alone and of its metrics.
 *
 * @throws RangeError for an invalid port
 */
export function grpcAlone(
  options: ServeGrpcOptions,
  config: MaybeConfig,
): { readonly grpc: Address; readonly metrics: Address } {
  const configured = config?.apiServer.grpc;
  const host = options.host ?? configured?.host ?? HOST;
  const { metricsHost = options.host ?? configured?.metrics.host ?? host } = options;
  for (const each of [host, metricsHost]) {
    if (socketPathOf(each) === undefined) continue;
    throw new Error(`gRPC alone cannot listen on ${each}: serve it with HTTP and --one-port`);
  }
  const metricsPort = options.metricsPort ?? configured?.metrics.port ?? METRICS_PORT;
  return {
    grpc: { host, port: checkPort("port", options.port ?? configured?.port ?? PORT) },
    metrics: { host: metricsHost, port: checkPort("metricsPort", metricsPort) },
  };
}
