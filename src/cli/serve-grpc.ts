/**
 * `ekiben serve-grpc`: gRPC alone, and metrics beside it.
 * @module
 */

import process from "node:process";
import { Command, Option } from "commander";
import { grpcAlone } from "../runtime/ports.ts";
import { startAhead } from "./ahead.ts";
import { withBentomlGrpcFlags } from "./bentoml-flags.ts";
import { portNumber } from "./flag-numbers.ts";
import { type GrpcFlags, readGrpcFlags, withGrpcFlags } from "./grpc-flags.ts";
import { readServeFlags, type ServeFlags, withServeFlags } from "./serve-flags.ts";
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
      .argParser(portNumber),
  );

/** The `serve-grpc` command. */
export const serveGrpcCommand: Command = withBentomlGrpcFlags(
  withGrpcFlags(withTlsFlags(withServeFlags(command))),
).action(async (target: string | undefined, flags: GrpcCommandFlags) => {
  const folder = process.cwd();
  const { config, options: common, target: how } = await readServeFlags(flags);
  const { metricsPort, reload } = flags;
  const options = {
    ...common,
    ...readTlsFlags(flags, config),
    ...readGrpcFlags(flags),
    ...(metricsPort === undefined ? {} : { metricsPort }),
  };
  if (reload === true) {
    const { serveReloading } = await import("./dev/serve-reloading.ts");
    const { grpc, metrics } = grpcAlone(options, config);
    const main = { ...grpc, speaks: options.tls === undefined ? "grpc" : "tls" } as const;
    const isMeasured = config.apiServer.metrics.enabled;
    await serveReloading({
      ...{ name: "serve-grpc", target, folder, config: flags.config, graceMs: common.graceMs },
      ports: isMeasured ? [main, { ...metrics, speaks: "http" }] : [main],
      portFlags: ["--port", "0", "--metrics-port", "0"],
    });
    return;
  }
  using _ = await startAhead(target, options);
  const { serveTargetGrpc } = await import("./serving.ts");
  await serveTargetGrpc({ target, how, options, config });
});
