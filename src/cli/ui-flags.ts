/**
 * The flag of the page at `/`.
 * @module
 */

import { type Command, Option } from "commander";
import type { ServeOptions } from "../runtime/serve-options.ts";

/** The values of the flag, and those that its environment variable may also have. */
const SWITCH = ["on", "off", "true", "false", "1", "0"] as const;

/** The value of the flag; false for `--no-ui`. */
export interface UiFlags {
  readonly ui?: (typeof SWITCH)[number] | false;
}

/** Adds the flag. */
export function withUiFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--ui <on|off>", "whether / is a page to try the service; --no-ui turns it off")
        .env("EKIBEN_UI")
        .choices(SWITCH),
    )
    .addOption(new Option("--no-ui", "the same as --ui off").hideHelp());
}

/** Returns the option that the flag sets. */
export function readUiFlags({ ui }: UiFlags): Pick<ServeOptions, "ui"> {
  return ui === undefined ? {} : { ui: ui === "on" || ui === "true" || ui === "1" };
}
