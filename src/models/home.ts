/**
 * The folder of the store, and the folders inside it.
 * @module
 */

import { homedir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

/** The folders of a store. */
export interface StoreFolders {
  /** The folder of all: `EKIBEN_HOME`, by default `~/ekiben`. */
  readonly home: string;
  /** The models: `<name>/<version>/`. */
  readonly models: string;
  /** What is being made or taken away. */
  readonly staging: string;
  /** Files that are being downloaded, to go on with after a break. */
  readonly downloads: string;
  readonly locks: string;
  /** What is known of repositories on a hub: their branches, and the files of their commits. */
  readonly hub: string;
}

/** Returns the folders of a store. @param home default: that of the environment */
export function storeFolders(home: string = environmentHome()): StoreFolders {
  const folder = resolve(home);
  return {
    home: folder,
    models: join(folder, "models"),
    staging: join(folder, "tmp"),
    downloads: join(folder, "downloads"),
    locks: join(folder, "locks"),
    hub: join(folder, "hub"),
  };
}

/**
 * Not `BENTOML_HOME`: what BentoML for Python keeps there are pickles and formats of other
 * frameworks, too.
 */
function environmentHome(): string {
  const { EKIBEN_HOME } = process.env;
  return EKIBEN_HOME === undefined || EKIBEN_HOME === "" ? join(homedir(), "ekiben") : EKIBEN_HOME;
}
