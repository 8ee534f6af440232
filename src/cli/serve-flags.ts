/**
 * The flags that the commands which serve have in common.
 * @module
 */

import process from "node:process";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../config/config.ts";
import type { ServeOptions } from "../runtime/serve.ts";
import { readConfig } from "./config-file.ts";

/** As they are given. The first three are BentoML's, and go before the configuration. */
export interface ServeFlags {
  readonly port?: number;
  readonly host?: string;
  readonly timeout?: number;
  readonly backend: string;
  readonly maxBody: number;
  readonly grace: number;
  readonly config?: string;
}

/** Adds them, and the argument that says what to serve. */
export function withServeFlags(command: Command): Command {
  return command
    .argument("<target>", "a service file such as service.ts, or a model.onnx")
    .addOption(
      new Option("-p, --port <number>", "the port to listen on, 0 for any (default: 3000)")
        .env(firstSet("EKIBEN_PORT", "BENTOML_PORT"))
        .argParser(wholeNumber),
    )
    .addOption(
      new Option("--host <address>", "the address to listen on (default: 0.0.0.0)").env(
        firstSet("EKIBEN_HOST", "BENTOML_HOST"),
      ),
    )
    .addOption(
      new Option("--backend <name>", "where models run, unless the code says")
        .env("EKIBEN_BACKEND")
        .choices(["auto", "native", "wasm", "webgpu"])
        .default("auto"),
    )
    .addOption(
      new Option("--timeout <seconds>", "how long a request may take (default: 60)")
        .env(firstSet("EKIBEN_TIMEOUT", "BENTOML_TIMEOUT"))
        .argParser(wholeNumber),
    )
    .addOption(
      new Option("--max-body <bytes>", "the largest request body, or message")
        .env("EKIBEN_MAX_BODY")
        .default(20 * 1024 * 1024)
        .argParser(wholeNumber),
    )
    .addOption(
      new Option("--grace <seconds>", "how long requests under way may still take at a stop")
        .env("EKIBEN_GRACE")
        .default(10)
        .argParser(wholeNumber),
    )
    .addOption(
      new Option(
        "--config <file>",
        "a YAML file with BentoML's keys, such as runners.batching",
      ).env(firstSet("EKIBEN_CONFIG", "BENTOML_CONFIG")),
    )
    .addOption(new Option("--production", "does nothing: it is so").hideHelp())
    .addOption(new Option("--development", "does nothing: it is the same").hideHelp());
}

/** What they and the configuration come to, but for where to listen. */
export async function readServeFlags(
  flags: ServeFlags,
): Promise<{ readonly config: Config; readonly options: ServeOptions }> {
  const config = await readConfig(flags.config);
  const { timeout, backend, maxBody, grace } = flags;
  const timeoutMs = timeout === undefined ? config.apiServer.timeoutMs : timeout * 1000;
  const options = { config, timeoutMs, backend, maxBodyBytes: maxBody, graceMs: grace * 1000 };
  return { config, options };
}

/** The flags of certificates, with BentoML's names. */
export interface TlsFlags {
  readonly sslCertfile?: string;
  readonly sslKeyfile?: string;
  readonly sslKeyfilePassword?: string;
  readonly sslCaCerts?: string;
}

/** Adds them. */
export function withTlsFlags(command: Command): Command {
  return command
    .addOption(new Option("--ssl-certfile <file>", "the server's certificate: then it is TLS"))
    .addOption(new Option("--ssl-keyfile <file>", "the private key of the certificate"))
    .addOption(
      new Option("--ssl-keyfile-password <text>", "the password of the private key").env(
        "EKIBEN_SSL_KEYFILE_PASSWORD",
      ),
    )
    .addOption(
      new Option("--ssl-ca-certs <file>", "authorities: clients need a certificate of one of them"),
    );
}

/** @throws InvalidArgumentError for a certificate without a key, or the other way round */
export function readTlsFlags(flags: TlsFlags): Pick<ServeOptions, "tls"> {
  const { sslCertfile, sslKeyfile, sslKeyfilePassword, sslCaCerts } = flags;
  if (sslCertfile !== undefined && sslKeyfile !== undefined) {
    return {
      tls: {
        certFile: sslCertfile,
        keyFile: sslKeyfile,
        ...(sslKeyfilePassword === undefined ? {} : { keyPassword: sslKeyfilePassword }),
        ...(sslCaCerts === undefined ? {} : { caFile: sslCaCerts }),
      },
    };
  }
  if (sslCertfile === undefined && sslKeyfile === undefined && sslCaCerts === undefined) return {};
  throw new InvalidArgumentError("TLS needs both --ssl-certfile and --ssl-keyfile");
}

/** The flags of gRPC. */
export interface GrpcFlags {
  readonly maxConcurrentStreams?: number;
  readonly reflection: boolean;
}

/** Adds them. Reflection is there unless it is refused; BentoML's flag for it changes nothing. */
export function withGrpcFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--max-concurrent-streams <number>", "calls at once on one connection").argParser(
        wholeNumber,
      ),
    )
    .addOption(new Option("--no-reflection", "do not tell callers what services there are"))
    .addOption(new Option("--enable-reflection", "does nothing: it is so").hideHelp());
}

/** What the flags of gRPC come to. */
export function readGrpcFlags(flags: GrpcFlags): Pick<ServeOptions, "limits" | "reflection"> {
  const { maxConcurrentStreams, reflection } = flags;
  return {
    reflection,
    ...(maxConcurrentStreams === undefined ? {} : { limits: { maxConcurrentStreams } }),
  };
}

/** The variable of a flag: the first of these that is set. Commander knows one for each flag. */
function firstSet(...names: readonly [string, ...string[]]): string {
  return names.find((name) => name in process.env) ?? names[0];
}

export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
