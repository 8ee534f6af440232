/**
 * `ekiben serve`: serves a service file, or a model that has no code.
 * @module
 */

import process from "node:process";
import { Command, InvalidArgumentError, Option } from "commander";
import { serve } from "../runtime/serve.ts";
import { readConfig } from "./config-file.ts";
import { loadTarget } from "./target.ts";

/** The flags of `ekiben serve`; the first three are BentoML's, and go before the configuration. */
interface ServeFlags {
  readonly port?: number;
  readonly host?: string;
  readonly timeout?: number;
  readonly backend: string;
  readonly maxBody: number;
  readonly grace: number;
  readonly config?: string;
}

/** The `serve` command. */
export const serveCommand: Command = new Command("serve")
  .description("Serve a service (its file's default export), or an ONNX model as it is")
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
    new Option("--max-body <bytes>", "the largest request body")
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
    new Option("--config <file>", "a YAML file with BentoML's keys, such as runners.batching").env(
      firstSet("EKIBEN_CONFIG", "BENTOML_CONFIG"),
    ),
  )
  .action(async (target: string, flags: ServeFlags) => {
    const { port, host, timeout, backend, maxBody, grace } = flags;
    const config = await readConfig(flags.config);
    const service = await loadTarget(target);
    const { http, timeoutMs } = config.apiServer;
    await serve(service, {
      config,
      port: port ?? http.port,
      host: host ?? http.host,
      timeoutMs: timeout === undefined ? timeoutMs : timeout * 1000,
      backend,
      maxBodyBytes: maxBody,
      graceMs: grace * 1000,
    });
  });

/** The variable of a flag: the first of these that is set. Commander knows one for each flag. */
function firstSet(...names: readonly [string, ...string[]]): string {
  return names.find((name) => name in process.env) ?? names[0];
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
