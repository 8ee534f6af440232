/**
 * `ekiben serve`, and `ekiben serve-http` without gRPC.
 * @module
 */

import { Command, Option } from "commander";
import { type ServeOptions, serve } from "../runtime/serve.ts";
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

/** The flags of `ekiben serve` alone. */
interface PortFlags {
  /** False for `--no-grpc`. */
  readonly grpc: boolean;
  readonly grpcPort?: number;
  readonly onePort?: boolean;
}

const command = new Command("serve")
  .description("Serve a service (its file's default export), or an ONNX model as it is")
  .addOption(
    new Option("--grpc-port <number>", "the port of gRPC (default: the next one, 3001)")
      .env("EKIBEN_GRPC_PORT")
      .argParser(wholeNumber),
  )
  .addOption(new Option("--no-grpc", "do not serve gRPC"))
  .addOption(new Option("--one-port", "serve gRPC on the same port as everything else"));

/** The `serve` command. */
export const serveCommand: Command = withGrpcFlags(withTlsFlags(withServeFlags(command))).action(
  async (target: string, flags: ServeFlags & TlsFlags & GrpcFlags & PortFlags) => {
    const { grpc, grpcPort, onePort = false } = flags;
    const ports = {
      onePort,
      ...(grpc ? {} : { grpcPort: false as const }),
      ...(grpc && grpcPort !== undefined ? { grpcPort } : {}),
    };
    await run(target, flags, { ...readTlsFlags(flags), ...readGrpcFlags(flags), ...ports });
  },
);

/** The `serve-http` command: BentoML's name for HTTP alone. */
export const serveHttpCommand: Command = withServeFlags(
  new Command("serve-http").description("Serve a service over HTTP alone, without gRPC"),
).action(async (target: string, flags: ServeFlags) => run(target, flags, { grpcPort: false }));

async function run(target: string, flags: ServeFlags, more: ServeOptions): Promise<void> {
  const { config, options } = await readServeFlags(flags);
  const service = await loadTarget(target);
  const { http } = config.apiServer;
  const port = flags.port ?? http.port;
  const host = flags.host ?? http.host;
  await serve(service, { ...options, ...more, port, host });
}
