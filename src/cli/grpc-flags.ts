/**
 * The flags of gRPC.
 * @module
 */

import { type Command, Option } from "commander";
import type { ServeOptions } from "../runtime/serve-options.ts";
import { wholeNumber } from "./flag-numbers.ts";

/** The values of the flags. */
export interface GrpcFlags {
  readonly maxConcurrentStreams?: number;
  readonly maxConcurrentRpcs?: number;
  readonly reflection?: boolean;
  readonly compatibility?: boolean;
}

/** Adds the flags. BentoML's flag for reflection only matters where the configuration differs. */
export function withGrpcFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--max-concurrent-streams <number>", "calls at once on one connection")
        .env("EKIBEN_MAX_CONCURRENT_STREAMS")
        .argParser(wholeNumber),
    )
    .addOption(
      new Option("--max-concurrent-rpcs <number>", "calls at once, over all connections")
        .env("EKIBEN_MAX_CONCURRENT_RPCS")
        .argParser(wholeNumber),
    )
    .addOption(compatibilityFlag())
    .addOption(new Option("--reflection", "let callers list the services").hideHelp())
    .addOption(new Option("--no-reflection", "do not let callers list the services"))
    .addOption(
      new Option("--enable-reflection", "the same as --reflection")
        .implies({ reflection: true })
        .hideHelp(),
    );
}

/** Returns the flag for answers as BentoML gives them, over every protocol. */
export function compatibilityFlag(): Option {
  return new Option(
    "--compatibility",
    "answer as BentoML does where it differs: bare NaN in arrays, INTERNAL for an unknown API",
  ).env("EKIBEN_COMPATIBILITY");
}

/** Returns the options that the flags set. */
export function readGrpcFlags(
  flags: GrpcFlags,
): Pick<
  ServeOptions,
  "maxConcurrentStreams" | "maxConcurrentRpcs" | "reflection" | "compatibility"
> {
  const { maxConcurrentStreams, maxConcurrentRpcs, reflection, compatibility } = flags;
  return {
    ...(compatibility === undefined ? {} : { compatibility }),
    ...(reflection === undefined ? {} : { reflection }),
    ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
    ...(maxConcurrentRpcs === undefined ? {} : { maxConcurrentRpcs }),
  };
}
