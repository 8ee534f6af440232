/**
 * `ekiben serve`: serves a service file, or a model that has no code.
 * @module
 */

import { Command, InvalidArgumentError, Option } from "commander";
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
  .action(async (target: string, flags: ServeFlags) => {
    const { port, host, backend, timeout, maxBody, grace } = flags;
    const service = await loadTarget(target);
    await serve(service, {
      port,
      host,
      backend,
      timeoutMs: timeout * 1000,
      maxBodyBytes: maxBody,
      graceMs: grace * 1000,
    });
  });

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
