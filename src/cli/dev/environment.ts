/**
 * The environment of a server that is started again.
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { parseEnv } from "node:util";

/** The files that Bun reads at its start. */
const FILES = [".env", ".env.development", ".env.production", ".env.local"];

/**
 * Returns the environment of this process without what Bun has read from files, so that Bun reads
 * them anew in the next process.
 */
export function environmentWithoutFiles(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  if (process.versions["bun"] === undefined) return environment;
  for (const file of FILES) {
    for (const [name, value] of Object.entries(valuesIn(file))) {
      if (environment[name] === value) delete environment[name];
    }
  }
  return environment;
}

function valuesIn(file: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch {
    return {}; // there is none
  }
}
