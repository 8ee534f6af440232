/**
 * The flags of BentoML's commands that have no effect here. Harmless ones are accepted, so that its
 * command lines work; the others are refused.
 * @module
 */

import { type Command, Option } from "commander";
import { NO_CHANNELZ } from "../bentoml/config-keys.ts";
import { IDLE_FLAGS, IDLE_GRPC_FLAGS, REFUSED_GRPC_FLAG } from "../bentoml/flags.ts";
import { UsageError } from "./usage-error.ts";

/** The values of the flags that are refused. */
export interface RefusedFlags {
  readonly enableChannelz?: true;
}

/** Adds the flags of all commands, hidden from the help. */
export function withBentomlFlags(command: Command): Command {
  addIdle(command, IDLE_FLAGS);
  return command;
}

/** Adds the flags of `serve-grpc`. */
export function withBentomlGrpcFlags(command: Command): Command {
  addIdle(command, IDLE_GRPC_FLAGS);
  return command.addOption(new Option(REFUSED_GRPC_FLAG, "is refused").hideHelp());
}

function addIdle(command: Command, flags: Readonly<Record<string, string>>): void {
  for (const [flag, why] of Object.entries(flags)) {
    command.addOption(new Option(flag, `does nothing: ${why}`).hideHelp());
  }
}

/** @throws Error for a refused flag, with what to use instead */
export function refuseFlags({ enableChannelz }: RefusedFlags): void {
  if (enableChannelz) throw new UsageError(`Cannot use --enable-channelz: ${NO_CHANNELZ}`);
}
