/**
 * Where the value of a setting comes from.
 * @module
 */

import type { Command, Option } from "commander";
import type { Config } from "../../config/config.ts";

/** The kind of the source of a value, in the order in which they count for most settings. */
export type Source = "code" | "model" | "flag" | "variable" | "options" | "file" | "default";

/** The source of a value. */
export interface From {
  readonly source: Source;
  /** The flag, the variable or the file; "default" for none of them. */
  readonly from: string;
}

/** A setting, its value, and where it comes from. */
export interface FoundSetting extends From {
  readonly name: string;
  /** `null` for none. */
  readonly value: unknown;
}

export const DEFAULT: From = { source: "default", from: "default" };

/** The sources of a command's call. */
export class Sources {
  readonly #command: Command;
  readonly #config: Config;

  constructor(command: Command, config: Config) {
    this.#command = command;
    this.#config = config;
  }

  /** Returns the flag or the variable that sets one of these attributes. */
  ofFlags(attributes: readonly string[]): From | undefined {
    for (const attribute of attributes) {
      const option = this.option(attribute);
      switch (option && this.#command.getOptionValueSource(attribute)) {
        case "cli":
        case "implied":
          return { source: "flag", from: option?.long ?? attribute };
        case "env":
          return { source: "variable", from: option?.envVar ?? attribute };
      }
    }
    return undefined;
  }

  /** Returns the source of the configuration that has one of these keys. */
  ofKeys(keys: readonly (string | readonly string[])[]): From | undefined {
    for (const key of keys) {
      const origin = this.#config.originOf(key);
      if (origin !== undefined) return { source: origin.source, from: origin.name };
    }
    return undefined;
  }

  /** Returns the option of an attribute, which `--no-` may have set. */
  option(attribute: string): Option | undefined {
    const options = this.#command.options.filter((each) => each.attributeName() === attribute);
    const isOff = this.#command.getOptionValue(attribute) === false;
    return options.find(({ negate }) => negate === isOff) ?? options[0];
  }
}
