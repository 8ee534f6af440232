/**
 * The configuration of a server: a file, or an object with the same keys.
 * @module
 */

import { createReadStream } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import type { Environment } from "../config/config.ts";
import { type Config, OPTIONS_VARIABLES, settingsOfLayers } from "../config/settings.ts";
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
  const { parseConfig } = await loadParser();
  return parseConfig({ environment, object: source });
}

/**
 * Reads the configuration of a command: its file, if there is one, and the environment.
 *
 * @throws Error that names the file or the variable that cannot be used, and why
 */
export async function readCommandConfig(file: string | undefined): Promise<Config> {
  const environment = process.env;
  if (file !== undefined) return await parseFile(file, environment);
  if (OPTIONS_VARIABLES.every((name) => environment[name] === undefined)) {
    return settingsOfLayers([]);
  }
  const { parseConfig } = await loadParser();
  return parseConfig({ environment });
}

/** Loads the parser where there is something to parse: that of YAML is large. */
function loadParser(): Promise<typeof import("../config/config.ts")> {
  return import("../config/config.ts");
}

async function parseFile(name: string, environment: Environment): Promise<Config> {
  const { MAX_FILE_BYTES, parseConfig } = await loadParser();
  return parseConfig({ environment, file: { name, text: await read(name, MAX_FILE_BYTES) } });
}

async function read(file: string, maxBytes: number): Promise<string> {
  try {
    return await text(createReadStream(file, { end: maxBytes }));
  } catch (error) {
    const isMissing = (error as { readonly code?: unknown }).code === "ENOENT";
    const reason = isMissing ? "there is no such file" : messageOf(error);
    throw new Error(`Cannot use the configuration ${file}: ${reason}`, { cause: error });
  }
}
