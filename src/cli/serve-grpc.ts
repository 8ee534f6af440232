/**
 * `ekiben serve-grpc`: gRPC alone, and metrics beside it.
 * @module
 */

import { Command, Option } from "commander";
import { serveGrpcWith } from "../runtime/serve-grpc.ts";
import { withBentomlGrpcFlags } from "./bentoml-flags.ts";
import { wholeNumber } from "./flag-values.ts";
import { type GrpcFlags, readGrpcFlags, withGrpcFlags } from "./grpc-flags.ts";
import { readServeFlags, type ServeFlags, withServeFlags } from "./serve-flags.ts";
import { loadTarget } from "./target.ts";
import { readTlsFlags, type TlsFlags, withTlsFlags } from "./tls-flags.ts";

/** The flags of `ekiben serve-grpc` alone. */
interface MetricsPortFlags {
  readonly metricsPort?: number;
}

type GrpcCommandFlags = ServeFlags & TlsFlags & GrpcFlags & MetricsPortFlags;

const command = new Command("serve-grpc")
  .description("Serve a service over gRPC only, with its metrics over HTTP")
  .addOption(
    new Option("--metrics-port <number>", "where metrics are, at / and /metrics (default: 3001)")
      .env("EKIBEN_METRICS_PORT")
      .argParser(wholeNumber),
  );

/** The `serve-grpc` command. */
export const serveGrpcCommand: Command = withBentomlGrpcFlags(
  withGrpcFlags(withTlsFlags(withServeFlags(command))),
).action(async (target: string | undefined, flags: GrpcCommandFlags) => {
  const { config, options, batching } = await readServeFlags(flags);
  const { metricsPort } = flags;
  const more = {
    ...readTlsFlags(flags, config),
    ...readGrpcFlags(flags),
    ...(metricsPort === undefined ? {} : { metricsPort }),
  };
  const service = await loadTarget(target, batching);
  await serveGrpcWith(service, { ...options, ...more }, { config });
});
