/**
 * The flags of BentoML's commands that are of no use here: those that may do nothing are taken, so
 * that its command lines work, and the others are refused.
 * @module
 */

import process from "node:process";
import { type Command, Option } from "commander";
import { NO_CHANNELZ } from "../config/grpc.ts";

/** Those that are refused. */
export interface RefusedFlags {
  readonly reload?: true;
  readonly enableChannelz?: true;
}

/** What may do nothing, and why. */
const IDLE: Readonly<Record<string, string>> = {
  "--production": "it is so",
  "--development": "it is the same",
  "--api-workers <number>": "one process takes all calls, and models run in the workers of runners",
  "--backlog <number>": "the runtime has its own",
  "--env <name>": "there is no environment of Python",
};

/** Those of `serve-grpc` alone. */
const IDLE_GRPC: Readonly<Record<string, string>> = {
  "--protocol-version <name>": "v1 and v1alpha1 are both served",
};

/** Adds them, unseen in the help. */
export function withBentomlFlags(command: Command): Command {
  addIdle(command, IDLE);
  return command.addOption(new Option("--reload", "is refused").hideHelp());
}

/** Adds those of gRPC alone. */
export function withBentomlGrpcFlags(command: Command): Command {
  addIdle(command, IDLE_GRPC);
  return command.addOption(new Option("--enable-channelz", "is refused").hideHelp());
}

function addIdle(command: Command, flags: Readonly<Record<string, string>>): void {
  for (const [flag, why] of Object.entries(flags)) {
    command.addOption(new Option(flag, `does nothing: ${why}`).hideHelp());
  }
}

/** @throws Error for a flag that cannot do what it says, with what does */
export function refuseFlags({ reload, enableChannelz }: RefusedFlags): void {
  if (enableChannelz) throw new Error(`Cannot use --enable-channelz: ${NO_CHANNELZ}`);
  if (!reload) return;
  const [, main = "", ...rest] = process.argv;
  const words = [main, ...rest.filter((word) => word !== "--reload")].join(" ");
  throw new Error(
    "Cannot use --reload: the runtime has it, as " +
      `"bun --watch ${words}", "deno run -A --watch ${words}" or "node --watch ${words}"`,
  );
}

/** The words of a command line in which BentoML's flag of two letters is the long one. */
export function withLongFlags(words: readonly string[]): readonly string[] {
  return words.map((word) => (word === "-pv" ? "--protocol-version" : word));
}
