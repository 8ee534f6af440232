/**
 * The command that starts a worker process, on each runtime.
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { checkExecutable, executable, moduleBeside, WORKER_VARIABLE } from "../../executable.ts";
import { denoFlags } from "./deno-flags.ts";

/** The arguments of `spawn()`. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The flags of Node and Bun that are for the main program alone, with and without a value. */
const OWN_FLAGS = /^--?(inspect|watch|hot|test|run|check|c$|interactive|i$|input-type|build-sea)/;
const OWN_FLAGS_WITH_VALUE = /^(-e|--eval|-p|-pe|--print|-r$)$/;

/**
 * Returns the command.
 *
 * @param maxMemoryMb the limit of the heap, where the runtime has one
 * @throws Error in an executable that has no workers
 */
export function workerCommand(maxMemoryMb: number | undefined): Command {
  checkExecutable(import.meta.url);
  if (process.env[WORKER_VARIABLE] !== undefined) {
    throw new Error(
      "this program was started as a worker process, and is not one. An executable that was not " +
        "made by `ekiben compile` cannot have worker processes",
    );
  }
  const file = process.execPath;
  const env = { ...process.env, [WORKER_VARIABLE]: "1" };
  if (executable() !== undefined) return { file, args: [], env };
  const url = moduleBeside(import.meta.url, "process-entry");
  const entry = url.protocol === "file:" ? fileURLToPath(url) : url.href; // JSR's, on Deno
  const heap = maxMemoryMb === undefined ? [] : [`--max-old-space-size=${maxMemoryMb}`];
  if (process.versions["deno"] !== undefined) {
    return { file, args: ["run", ...withV8Flags(denoFlags(), heap), entry], env };
  }
  const isBun = process.versions["bun"] !== undefined;
  return { file, args: [...nodeFlags(process.execArgv), ...(isBun ? [] : heap), entry], env };
}

/** Adds flags of V8 to those of Deno, which may have some: Deno takes them all in one. */
export function withV8Flags(flags: readonly string[], added: readonly string[]): readonly string[] {
  if (added.length === 0) return flags;
  const name = "--v8-flags=";
  const given = flags.filter((flag) => flag.startsWith(name));
  const all = [...given.map((flag) => flag.slice(name.length)), ...added];
  return [...flags.filter((flag) => !given.includes(flag)), `${name}${all.join(",")}`];
}

/** Returns the flags of Node or Bun that a worker needs, too. */
export function nodeFlags(execArgv: readonly string[]): readonly string[] {
  const flags: string[] = [];
  const rest = execArgv[Symbol.iterator]();
  for (const flag of rest) {
    if (OWN_FLAGS_WITH_VALUE.test(flag)) rest.next();
    else if (!OWN_FLAGS.test(flag)) flags.push(flag);
  }
  return flags;
}

/** Returns the URL of the module of the guard. */
export function guardEntryUrl(): URL {
  return executable()?.guardEntry ?? moduleBeside(import.meta.url, "guard-entry");
}
