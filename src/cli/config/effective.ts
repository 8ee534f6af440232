/**
 * The settings of a server that `ekiben serve` would start: made by the code that serves.
 * @module
 */

import type { Config } from "../../config/config.ts";
import { byteBudgetOf, http2LimitsOf } from "../../runtime/grpc-options.ts";
import type { CertificateFiles } from "../../runtime/http2/certificates.ts";
import { type Http2Limits, limitsOf } from "../../runtime/http2/limits.ts";
import { stopSettings } from "../../runtime/lifecycle.ts";
import type { Address } from "../../runtime/listen.ts";
import { grpcAlone, grpcBeside, httpAddress } from "../../runtime/ports.ts";
import type { ServeOptions } from "../../runtime/serve-options.ts";
import { type ServeSettings, settingsOf } from "../../runtime/settings.ts";
import type { AllFlags } from "../serve.ts";
import type { TargetOptions } from "../target.ts";

/** What the rows of the table are read from. */
export interface Effective {
  readonly flags: AllFlags;
  readonly config: Config;
  readonly options: ServeOptions;
  readonly target: TargetOptions;
  readonly settings: ServeSettings;
  readonly http: Address;
  /** The address of gRPC; undefined for none. */
  readonly grpc: Address | undefined;
  /** The address of the metrics of `serve-grpc`. */
  readonly grpcMetrics: Address;
  readonly limits: Http2Limits;
  readonly maxHeldBytes: number;
  readonly stop: ReturnType<typeof stopSettings>;
  readonly tls: CertificateFiles | undefined;
}

/** @throws Error for options that contradict each other, as `serve()` does */
export function effectiveSettings(
  flags: AllFlags,
  read: {
    readonly config: Config;
    readonly options: ServeOptions;
    readonly target: TargetOptions;
  },
): Effective {
  const { config, options } = read;
  const settings = settingsOf(options, { config });
  const http = httpAddress(options, config);
  const isOne = options.onePort === true || settings.tls !== undefined;
  const grpc = grpcBeside(http, isOne, options, config);
  return {
    ...read,
    flags,
    settings,
    http,
    grpc: grpc === "same" ? http : grpc,
    grpcMetrics: grpcAlone(options, config).metrics,
    limits: limitsOf(http2LimitsOf(settings)),
    maxHeldBytes: byteBudgetOf(settings).maxBytes,
    stop: stopSettings(options, config),
    tls: settings.tls,
  };
}
