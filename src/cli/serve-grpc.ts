/**
 * `ekiben serve-grpc`: gRPC alone, and metrics beside it.
 * @module
 */

import { Command, Option } from "commander";
import { serveGrpc } from "../runtime/serve-grpc.ts";
import {
  type GrpcFlags,
  readGrpcFlags,
  readServeFlags,
  readTlsFlags,
  type ServeFlags,
  type TlsFlags,
  wholeNumber,
  withGrpcFlags,
  withServeFlags,
  withTlsFlags,
} from "./serve-flags.ts";
import { loadTarget } from "./target.ts";

/** The flags of `ekiben serve-grpc` alone. */
interface OwnFlags {
  readonly metricsPort: number;
}

const command = new Command("serve-grpc")
  .description("Serve a service over gRPC alone, and its metrics over HTTP")
  .addOption(
    new Option("--metrics-port <number>", "where metrics are, at / and /metrics")
      .env("EKIBEN_METRICS_PORT")
      .default(3001)
      .argParser(wholeNumber),
  )
  .addOption(
    new Option("--protocol-version <name>", "does nothing: both are served")
      .choices(["v1", "v1alpha1"])
      .hideHelp(),
  );

/** The `serve-grpc` command. */
export const serveGrpcCommand: Command = withGrpcFlags(
  withTlsFlags(withServeFlags(command)),
).action(async (target: string, flags: ServeFlags & TlsFlags & GrpcFlags & OwnFlags) => {
  const { options } = await readServeFlags(flags);
  const service = await loadTarget(target);
  const { port = 3000, host = "0.0.0.0", metricsPort } = flags;
  const where = { port, host, metricsPort };
  await serveGrpc(service, {
    ...options,
    ...readTlsFlags(flags),
    ...readGrpcFlags(flags),
    ...where,
  });
});
