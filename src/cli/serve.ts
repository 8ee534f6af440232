/**
 * `ekiben serve`, and `ekiben serve-http` without gRPC.
 * @module
 */

import { Command, Option } from "commander";
import { serveWith } from "../runtime/serve.ts";
import { wholeNumber } from "./flag-values.ts";
import { compatibilityFlag, type GrpcFlags, readGrpcFlags, withGrpcFlags } from "./grpc-flags.ts";
import { readServeFlags, type ServeFlags, withServeFlags } from "./serve-flags.ts";
import { loadTarget } from "./target.ts";
import { readTlsFlags, type TlsFlags, withTlsFlags } from "./tls-flags.ts";

const command = new Command("serve")
  .description("Serve a service (its file's default export), or an ONNX model as it is")
  .addOption(
    new Option("--grpc-port <number>", "the port of gRPC (default: the next one, 3001)")
      .env("EKIBEN_GRPC_PORT")
      .argParser(wholeNumber),
  )
  .addOption(new Option("--no-grpc", "do not serve gRPC"))
  .addOption(new Option("--one-port", "serve gRPC on the same port as everything else"));

/** The flags of `ekiben serve` alone. */
interface GrpcPortFlags {
  /** False for `--no-grpc`. */
  readonly grpc: boolean;
  readonly grpcPort?: number;
  readonly onePort?: boolean;
}

/** The `serve` command. */
export const serveCommand: Command = withGrpcFlags(withTlsFlags(withServeFlags(command))).action(
  async (target: string | undefined, flags: ServeFlags & TlsFlags & GrpcFlags & GrpcPortFlags) => {
    const { config, options, batching } = await readServeFlags(flags);
    const { grpc, grpcPort, onePort = false } = flags;
    const more = {
      ...readTlsFlags(flags, config),
      ...readGrpcFlags(flags),
      ...(!grpc ? { grpcPort: false as const } : grpcPort === undefined ? {} : { grpcPort }),
      onePort,
    };
    const service = await loadTarget(target, batching);
    await serveWith(service, { ...options, ...more }, { config });
  },
);

/** The `serve-http` command: BentoML's name for HTTP alone. */
export const serveHttpCommand: Command = withTlsFlags(
  withServeFlags(
    new Command("serve-http")
      .description("Serve a service over HTTP only, without gRPC")
      .addOption(compatibilityFlag()),
  ),
).action(async (target: string | undefined, flags: ServeFlags & TlsFlags & GrpcFlags) => {
  const { config, options, batching } = await readServeFlags(flags);
  const { compatibility = false } = flags;
  const more = { ...readTlsFlags(flags, config), grpcPort: false, compatibility } as const;
  const service = await loadTarget(target, batching);
  await serveWith(service, { ...options, ...more }, { config });
});
