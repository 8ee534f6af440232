/**
 * `ekiben serve`, and `ekiben serve-http` without gRPC.
 * @module
 */

import { Command, Option } from "commander";
import { serve } from "../runtime/serve.ts";
import { wholeNumber } from "./flag-values.ts";
import { compatibilityFlag, type GrpcFlags, readGrpcFlags, withGrpcFlags } from "./grpc-flags.ts";
import { type GrpcPortFlags, grpcBeside, httpAddress } from "./ports.ts";
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

/** The `serve` command. */
export const serveCommand: Command = withGrpcFlags(withTlsFlags(withServeFlags(command))).action(
  async (target: string | undefined, flags: ServeFlags & TlsFlags & GrpcFlags & GrpcPortFlags) => {
    const { config, options, batching } = await readServeFlags(flags);
    const { onePort = false } = flags;
    const tls = readTlsFlags(flags, config);
    const http = httpAddress(flags, config);
    const grpc = grpcBeside(http, onePort || tls.tls !== undefined, flags, config);
    const more = { ...tls, ...readGrpcFlags(flags), onePort };
    await serve(await loadTarget(target, batching), { ...options, ...more, ...http, ...grpc });
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
  const where = { ...httpAddress(flags, config), grpcPort: false } as const;
  const tls = readTlsFlags(flags, config);
  const { compatibility = false } = flags;
  const service = await loadTarget(target, batching);
  await serve(service, { ...options, ...tls, ...where, compatibility });
});
