/**
 * The configuration of a server: a file, or an object with the same keys.
 * @module
 */

import { createReadStream } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { type Config, type Environment, parseConfig } from "../config/config.ts";
import { MAX_YAML_LENGTH } from "../config/yaml-text.ts";
import { messageOf } from "../error.ts";

/** A configuration with BentoML's keys: the path of a YAML file, or the same as an object. */
export type ConfigSource = string | Readonly<Record<string, unknown>>;

/**
 * Reads the configuration that a program gives. Its texts may have `${NAME}` for variables of the
 * environment; variables that are settings themselves, as for the command, have no effect.
 *
 * @throws Error that names the file or the option that cannot be used, and why
 */
export async function readConfig(source: ConfigSource | undefined): Promise<Config | undefined> {
  if (source === undefined) return undefined;
  const { EKIBEN_CONFIG_OPTIONS: _, BENTOML_CONFIG_OPTIONS: __, ...environment } = process.env;
  if (typeof source === "string") return await parseFile(source, environment);
  return parseConfig({ environment, object: source });
}

/**
 * Reads the configuration of a command: its file, if there is one, and the environment.
 *
 * @throws Error that names the file or the variable that cannot be used, and why
 */
export async function readCommandConfig(file: string | undefined): Promise<Config> {
  const environment = process.env;
  return file === undefined ? parseConfig({ environment }) : await parseFile(file, environment);
}

async function parseFile(name: string, environment: Environment): Promise<Config> {
  return parseConfig({ environment, file: { name, text: await read(name) } });
}

async function read(file: string): Promise<string> {
  try {
    // More than the parser accepts, but bounded: a device may never end.
    return await text(createReadStream(file, { end: 4 * MAX_YAML_LENGTH }));
  } catch (error) {
    throw new Error(`Cannot use the configuration ${file}: ${messageOf(error)}`, { cause: error });
  }
}
