/**
 * The configuration of a command: its file and the environment.
 * @module
 */

import { createReadStream } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { type Config, parseConfig } from "../config/config.ts";
import { MAX_YAML_LENGTH } from "../config/yaml-text.ts";
import { messageOf } from "../error.ts";

/**
 * Reads the configuration.
 *
 * @param file what `--config` names
 * @throws Error that names the file or the variable that cannot be used, and why
 */
export async function readConfig(file: string | undefined): Promise<Config> {
  const environment = process.env;
  if (file === undefined) return parseConfig({ environment });
  return parseConfig({ environment, file: { name: file, text: await read(file) } });
}

async function read(file: string): Promise<string> {
  try {
    // More than may be in it, so that the rest of a device that never ends is not read.
    return await text(createReadStream(file, { end: 4 * MAX_YAML_LENGTH }));
  } catch (error) {
    throw new Error(`Cannot use the configuration ${file}: ${messageOf(error)}`, { cause: error });
  }
}
