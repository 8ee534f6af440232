/**
 * Ports: where to listen, by the flags first, then the configuration, then BentoML's defaults.
 * @module
 */

import type { Config } from "../config/config.ts";
import type { ServeOptions } from "../runtime/serve.ts";
import type { ServeGrpcOptions } from "../runtime/serve-grpc.ts";
import type { ServeFlags } from "./serve-flags.ts";

/** The flags of `ekiben serve` alone. */
export interface GrpcPortFlags {
  /** False for `--no-grpc`. */
  readonly grpc: boolean;
  readonly grpcPort?: number;
  readonly onePort?: boolean;
}

/** The flags of `ekiben serve-grpc` alone. */
export interface MetricsPortFlags {
  readonly metricsPort?: number;
}

type Address = Required<Pick<ServeOptions, "host" | "port">>;

/** Where HTTP is. */
export function httpAddress(flags: ServeFlags, { apiServer: { http } }: Config): Address {
  return { host: flags.host ?? http.host, port: flags.port ?? http.port };
}

/**
 * Where gRPC is beside HTTP. The configuration's port counts where it is another than that of
 * HTTP: by default BentoML has 3000 for both, since each has a command of its own.
 *
 * @param onePort whether both are to be on one port
 * @throws Error for what the configuration says and cannot be
 */
export function grpcBeside(
  http: Address,
  onePort: boolean,
  flags: ServeFlags & GrpcPortFlags,
  { apiServer: { grpc } }: Config,
): Pick<ServeOptions, "grpcPort" | "grpcHost"> {
  if (!flags.grpc) return { grpcPort: false };
  const host = flags.host ?? grpc.host ?? http.host;
  const port = flags.grpcPort ?? (grpc.port === http.port ? undefined : grpc.port);
  if (!onePort) return { grpcHost: host, ...(port === undefined ? {} : { grpcPort: port }) };
  if (host !== http.host) throw elsewhere("host", host, http.host);
  if (flags.grpcPort !== undefined) return { grpcPort: flags.grpcPort };
  if (port === undefined || flags.onePort) return {};
  throw elsewhere("port", port, http.port);
}

function elsewhere(key: "host" | "port", given: unknown, wanted: unknown): Error {
  return new Error(
    `"api_server.grpc.${key}" was ${given}, but over TLS, or with --one-port, gRPC is where HTTP ` +
      `is, and its ${key} is ${wanted}: leave it out, or make them the same`,
  );
}

/** Where gRPC alone is, and its metrics. */
export function grpcAlone(
  flags: ServeFlags & MetricsPortFlags,
  { apiServer: { grpc } }: Config,
): Required<Pick<ServeGrpcOptions, "host" | "port" | "metricsHost" | "metricsPort">> {
  const host = flags.host ?? grpc.host ?? "0.0.0.0";
  return {
    host,
    port: flags.port ?? grpc.port ?? 3000,
    metricsHost: flags.host ?? grpc.metrics.host ?? host,
    metricsPort: flags.metricsPort ?? grpc.metrics.port ?? 3001,
  };
}
