/**
 * `ekiben serve`, `ekiben serve-http` without gRPC, and `ekiben dev`, which serves code that is
 * being written.
 * @module
 */

import process from "node:process";
import { Command, Option } from "commander";
import type { Config } from "../config/config.ts";
import { grpcBeside, httpAddress } from "../runtime/ports.ts";
import type { ServeOptions } from "../runtime/serve-options.ts";
import { startAhead } from "./ahead.ts";
import type { FrontPort } from "./dev/front.ts";
import { portNumber } from "./flag-numbers.ts";
import { compatibilityFlag, type GrpcFlags, readGrpcFlags, withGrpcFlags } from "./grpc-flags.ts";
import { openBrowser } from "./open-browser.ts";
import { readServeFlags, type ServeFlags, withServeFlags } from "./serve-flags.ts";
import type { TargetOptions } from "./target.ts";
import { readTlsFlags, type TlsFlags, withTlsFlags } from "./tls-flags.ts";
import { readUiFlags, type UiFlags, withUiFlags } from "./ui-flags.ts";

/** The flags of `ekiben serve` alone. */
interface GrpcPortFlags {
  /** False for `--no-grpc`. */
  readonly grpc?: boolean;
  readonly grpcPort?: number;
  readonly onePort?: boolean;
}

/** The flags of `ekiben serve`. */
export type AllFlags = ServeFlags &
  TlsFlags &
  GrpcFlags &
  GrpcPortFlags &
  UiFlags & { readonly open?: true };

/** The `serve` command. */
export const serveCommand: Command = withPorts(
  new Command("serve").description(
    "Serve a service (its file's default export), or an ONNX model as it is",
  ),
).action((target: string | undefined, flags: AllFlags) => start("serve", target, flags));

/** The `dev` command. */
export const devCommand: Command = withPorts(
  new Command("dev").description(
    "Serve a service on this machine, and start it again when its files change",
  ),
).action((target: string | undefined, flags: AllFlags) =>
  start("serve", target, { ...flags, reload: true }, "127.0.0.1"),
);

/** The `serve-http` command: BentoML's name for HTTP alone. */
export const serveHttpCommand: Command = withUiFlags(
  withTlsFlags(
    withServeFlags(
      new Command("serve-http")
        .description("Serve a service over HTTP only, without gRPC")
        .addOption(compatibilityFlag())
        .addOption(openFlag()),
    ),
  ),
).action((target: string | undefined, flags: AllFlags) =>
  start("serve-http", target, { ...flags, grpc: false }),
);

/** Adds the flags of a command that serves over HTTP and gRPC. */
export function withPorts(command: Command): Command {
  return withUiFlags(
    withGrpcFlags(
      withTlsFlags(
        withServeFlags(
          command
            .addOption(
              new Option("--grpc-port <number>", "the port of gRPC (default: the next one, 3001)")
                .env("EKIBEN_GRPC_PORT")
                .argParser(portNumber),
            )
            .addOption(new Option("--no-grpc", "do not serve gRPC"))
            .addOption(new Option("--one-port", "serve gRPC on the same port as everything else"))
            .addOption(openFlag()),
        ),
      ),
    ),
  );
}

function openFlag(): Option {
  return new Option("--open", "open the service in the default browser when it is ready");
}

/**
 * Reads the flags of a command that serves over HTTP.
 *
 * @throws Error for a configuration that cannot be used, and for refused flags
 */
export async function readFlags(flags: AllFlags): Promise<{
  readonly config: Config;
  readonly options: ServeOptions;
  readonly target: TargetOptions;
}> {
  const { config, options: common, target } = await readServeFlags(flags);
  const { grpc = true, grpcPort, onePort = false } = flags;
  const options: ServeOptions = {
    ...common,
    ...readTlsFlags(flags, config),
    ...readGrpcFlags(flags),
    ...readUiFlags(flags),
    ...(!grpc ? { grpcPort: false } : grpcPort === undefined ? {} : { grpcPort }),
    onePort,
  };
  return { config, options, target };
}

async function start(
  name: "serve" | "serve-http",
  target: string | undefined,
  flags: AllFlags,
  defaultHost?: string,
): Promise<void> {
  const folder = process.cwd();
  const { config, options, target: how } = await readFlags(flags);
  const { open, reload } = flags;
  const onReady = open === true ? openBrowser : () => {};
  if (reload === true) {
    const { serveReloading } = await import("./dev/serve-reloading.ts");
    const ports = portsOf(options, config, defaultHost);
    await serveReloading({
      ...{
        name,
        target,
        folder,
        ports,
        onReady,
        config: flags.config,
        graceMs: flags.grace * 1000,
      },
      portFlags: portFlags(ports),
    });
    return;
  }
  using _ = await startAhead(target, options);
  const { serveTarget } = await import("./serving.ts");
  const { url } = await serveTarget({ target, how, options, config });
  onReady(url);
}

/** Returns the ports of a service that is started again and again. */
function portsOf(
  given: ServeOptions,
  config: Config,
  defaultHost: string | undefined,
): readonly FrontPort[] {
  const configured = config.apiServer.http.host;
  const hosted = configured === "0.0.0.0" ? defaultHost : undefined;
  const options = given.host === undefined && hosted ? { ...given, host: hosted } : given;
  const isOne = options.onePort === true || options.tls !== undefined;
  const http = httpAddress(options, config);
  const grpc = grpcBeside(http, isOne, options, config);
  if (options.tls !== undefined) return [{ ...http, speaks: "tls" }];
  if (grpc === "same") return [{ ...http, speaks: "both" }];
  const main: FrontPort = { ...http, speaks: "http" };
  return grpc === undefined ? [main] : [main, { ...grpc, speaks: "grpc" }];
}

/** Returns the flags that open any free ports instead. */
function portFlags(ports: readonly FrontPort[]): readonly string[] {
  const isOne = ports.some(({ speaks }) => speaks === "both");
  const grpc = ports.length > 1 ? ["--grpc-port", "0"] : [];
  return ["--port", "0", ...grpc, ...(isOne ? ["--one-port"] : [])];
}
