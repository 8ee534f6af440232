/**
 * The command line of this program itself, for processes that run one of its commands.
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { moduleBeside } from "../executable.ts";
import { denoFlags } from "../executor/process/deno-flags.ts";
import { nodeFlags } from "../executor/process/worker-command.ts";

/** Returns the command line of this program, on the runtime of this process. */
export function ownCommand(): [file: string, ...flags: string[]] {
  const url = moduleBeside(import.meta.url, "bin");
  const main = url.protocol === "file:" ? fileURLToPath(url) : url.href;
  if (process.versions["deno"] !== undefined) {
    return [process.execPath, "run", ...denoFlags(), main];
  }
  return [process.execPath, ...nodeFlags(process.execArgv), main];
}
