/**
 * The options of `serve()` and `serveGrpc()`: those of the commands, in camelCase, with the unit of
 * a time or a size at their end.
 * @module
 */

import { ACCESS_OPTIONS } from "../access/access-options.ts";
import type { ByteBudget } from "../byte-budget.ts";
import { checkOptions } from "../check.ts";
import type { Config } from "../config/config.ts";
import {
  checkRequestOptions,
  type PageOptions,
  type RequestOptions,
} from "../http/http-options.ts";
import type { ConfigSource } from "./config-file.ts";
import type { CertificateFiles } from "./http2/certificates.ts";
import type { Http2Limits } from "./http2/limits.ts";
import type { LifecycleOptions, Ports } from "./lifecycle.ts";

/** The options that both have. */
export interface CommonOptions extends RequestOptions, LifecycleOptions {
  /** The port; 0 takes any that is free. Default 3000. */
  readonly port?: number;
  /**
   * The address to listen on, or a Unix domain socket, such as `unix:/run/ekiben.sock`. Default
   * `0.0.0.0`: every IPv4 address of this machine.
   */
  readonly host?: string;
  /**
   * BentoML's configuration: its keys as an object, or the path of a YAML file. Options override
   * it.
   *
   * @example
   * { runners: { batching: { max_batch_size: 50 } } }
   */
  readonly config?: ConfigSource;
  /**
   * A file of API keys, one a line, beside `apiKeys`. It is read anew when it changes; lines that
   * begin with `#` are comments.
   */
  readonly apiKeysFile?: string;
  /**
   * Connections at the same time, on each port. Default 10,000, and never more than the system
   * allows files.
   */
  readonly maxConnections?: number;
  /** Calls of gRPC at the same time on one connection. Default 1,000. */
  readonly maxConcurrentStreams?: number;
  /** Calls of gRPC at the same time, over all connections. Default 10,000. */
  readonly maxConcurrentRpcs?: number;
  /** True if scrapes that ask for protobuf get native histograms. Default true. */
  readonly nativeHistograms?: boolean;
}

/** The options of `serve()`. */
export interface ServeOptions extends CommonOptions, PageOptions {
  /** The port of gRPC; false for none. Default the next one after `port`: 3001. */
  readonly grpcPort?: number | false;
  /** The address of gRPC's own port. Default `host`. */
  readonly grpcHost?: string;
  /** True if gRPC is served on `port` too, by its first bytes. Default false. */
  readonly onePort?: boolean;
  /** Certificates: then everything is on `port`, over TLS; gRPC too, unless `grpcPort` is false. */
  readonly tls?: CertificateFiles;
}

/** The options of `serveGrpc()`. */
export interface ServeGrpcOptions extends CommonOptions {
  /** The port of the metrics, at `/` and `/metrics`. Default 3001. */
  readonly metricsPort?: number;
  /** The address of the metrics. Default `host`. */
  readonly metricsHost?: string;
  /** Certificates: then gRPC is over TLS; the metrics are not. */
  readonly tls?: CertificateFiles;
}

/** The internal settings of servers. */
export interface ServeInternals {
  /** The parsed configuration. It replaces the option `config`. */
  readonly config?: Config | undefined;
  /** Called with the ports when they are open; returns them with the addresses to show. */
  readonly opened?: ((ports: Ports) => Ports) | undefined;
  /** The host of the ports that clients connect to, if another process has those. */
  readonly publicHost?: string | undefined;
  /** The budget of `maxHeldBytes`. */
  readonly budget?: ByteBudget;
  /** The bounds of HTTP/2 that no option sets. */
  readonly limits?: Partial<Http2Limits> | undefined;
}

/** All options, to find misspelt ones. The types keep the list complete. */
type Names<O> = Readonly<Record<keyof O, true>>;

const COMMON: Names<CommonOptions> = {
  ...ACCESS_OPTIONS,
  accessLog: true,
  apiKeysFile: true,
  backend: true,
  compatibility: true,
  config: true,
  drainLeadMs: true,
  graceMs: true,
  host: true,
  isolation: true,
  maxBodyBytes: true,
  maxConcurrentRpcs: true,
  maxConcurrentStreams: true,
  maxConnections: true,
  maxHeldBytes: true,
  metrics: true,
  nativeHistograms: true,
  onUncaught: true,
  port: true,
  recordTrace: true,
  reflection: true,
  signals: true,
  timeoutMs: true,
};

const SERVE: Names<ServeOptions> = {
  ...COMMON,
  grpcHost: true,
  grpcPort: true,
  onePort: true,
  tls: true,
  ui: true,
};

const SERVE_GRPC: Names<ServeGrpcOptions> = {
  ...COMMON,
  metricsHost: true,
  metricsPort: true,
  tls: true,
};

/** The names of the options of each function. */
export const OPTION_NAMES: Readonly<Record<"serve" | "serveGrpc", readonly string[]>> = {
  serve: Object.keys(SERVE),
  serveGrpc: Object.keys(SERVE_GRPC),
};

/** Hints for the names of options that the commands or BentoML use. */
const HINTS: Readonly<Record<string, string>> = {
  batch: "only a model without code is batched by a trial; runner() has the option batch",
  grace: "it is graceMs, in milliseconds",
  grpc: "it is grpcPort: false",
  drainLead: "it is drainLeadMs, in milliseconds",
  maxBody: "it is maxBodyBytes",
  maxHeld: "it is maxHeldBytes",
  timeout: "it is timeoutMs, in milliseconds",
  sslCertfile: "it is tls.certFile",
  sslKeyfile: "it is tls.keyFile",
};

/** @throws TypeError for an unknown option, and for a value that it cannot have */
export function checkServeOptions(what: keyof typeof OPTION_NAMES, options: object): void {
  checkOptions(`Cannot call ${what}()`, options, OPTION_NAMES[what], HINTS);
  checkRequestOptions(options);
}
