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
): Pick<ServeOptions, "grpcPort"> {
  if (!flags.grpc) return { grpcPort: false };
  requireHost("api_server.grpc.host", grpc.host, flags, http.host);
  if (flags.grpcPort !== undefined) return { grpcPort: flags.grpcPort };
  if (grpc.port === undefined || grpc.port === http.port || flags.onePort) return {};
  if (!onePort) return { grpcPort: grpc.port };
  throw new Error(
    `"api_server.grpc.port" was ${grpc.port}, but over TLS gRPC is on the port of HTTP, ` +
      `${http.port}: leave it out, or make them the same`,
  );
}

/**
 * Where gRPC alone is, and its metrics.
 *
 * @throws Error for what the configuration says and cannot be
 */
export function grpcAlone(
  flags: ServeFlags & MetricsPortFlags,
  { apiServer: { grpc } }: Config,
): Required<Pick<ServeGrpcOptions, "host" | "port" | "metricsPort">> {
  const host = flags.host ?? grpc.host ?? "0.0.0.0";
  requireHost("api_server.grpc.metrics.host", grpc.metrics.host, flags, host);
  return {
    host,
    port: flags.port ?? grpc.port ?? 3000,
    metricsPort: flags.metricsPort ?? grpc.metrics.port ?? 3001,
  };
}

/** All ports of a command are on one address: nothing may be open where it was not to be. */
function requireHost(
  key: string,
  given: string | undefined,
  flags: ServeFlags,
  host: string,
): void {
  if (flags.host !== undefined || given === undefined || given === host) return;
  throw new Error(
    `"${key}" was ${given}, but this command listens on ${host} with all its ports: ` +
      "leave it out, or give --host",
  );
}
