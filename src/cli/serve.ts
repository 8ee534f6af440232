/**
 * `ekiben serve`: serves a service file, or a model that has no code.
 * @module
 */

import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { type Config, parseConfig } from "../config/config.ts";
import { messageOf } from "../error.ts";
import { serve } from "../runtime/serve.ts";
import { loadTarget } from "./target.ts";

/** The flags of `ekiben serve`; the names of the first two are BentoML's. */
interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly backend: string;
  readonly timeout: number;
  readonly maxBody: number;
  readonly grace: number;
  readonly config?: string;
}

/** The `serve` command. */
export const serveCommand: Command = new Command("serve")
  .description("Serve a service (its file's default export), or an ONNX model as it is")
  .argument("<target>", "a service file such as service.ts, or a model.onnx")
  .addOption(
    new Option("-p, --port <number>", "the port to listen on, 0 for any")
      .env("EKIBEN_PORT")
      .default(3000)
      .argParser(wholeNumber),
  )
  .addOption(
    new Option("--host <address>", "the address to listen on")
      .env("EKIBEN_HOST")
      .default("0.0.0.0"),
  )
  .addOption(
    new Option("--backend <name>", "where models run, unless the code says")
      .env("EKIBEN_BACKEND")
      .choices(["auto", "native", "wasm", "webgpu"])
      .default("auto"),
  )
  .addOption(
    new Option("--timeout <seconds>", "how long a request may take")
      .env("EKIBEN_TIMEOUT")
      .default(60)
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
      "EKIBEN_CONFIG",
    ),
  )
  .action(async (target: string, flags: ServeFlags) => {
    const { port, host, backend, timeout, maxBody, grace } = flags;
    const config = flags.config === undefined ? undefined : await readConfig(flags.config);
    const service = await loadTarget(target);
    await serve(service, {
      ...(config === undefined ? {} : { config }),
      port,
      host,
      backend,
      timeoutMs: timeout * 1000,
      maxBodyBytes: maxBody,
      graceMs: grace * 1000,
    });
  });

async function readConfig(file: string): Promise<Config> {
  try {
    return parseConfig(await readFile(file, "utf8"));
  } catch (error) {
    throw new Error(`Cannot use the configuration ${file}: ${messageOf(error)}`, { cause: error });
  }
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
