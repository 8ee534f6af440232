/**
 * The files whose changes start a service again: those of the service, and those of its settings.
 * @module
 */

import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { findTarget, MODEL } from "../target-file.ts";
import { mayBeStored } from "../target-store.ts";
import { filesOf } from "./watched-files.ts";

/** The files beside a service that change what its module means. */
const SETTINGS = ["package.json", "tsconfig.json", "deno.json", "deno.jsonc", "bunfig.toml"];

/**
 * Returns the files, of which some may be missing.
 *
 * @param config the configuration file
 */
export async function serviceFiles(
  target: string | undefined,
  config: string | undefined,
): Promise<ReadonlySet<string>> {
  const files = new Set([resolve(".env")]);
  if (config !== undefined) files.add(resolve(config));
  if (mayBeStored(target)) return files;
  const found = await findTarget(target).catch(() => undefined);
  const path = found?.path ?? resolve(target ?? ".");
  const folder = found?.isFolder === true ? path : dirname(path);
  for (const above of foldersTo(folder)) {
    for (const name of SETTINGS) files.add(join(above, name));
  }
  // The models of a folder are loaded again by the server itself.
  if (found?.isFolder === true) files.add(join(path, "service.ts"));
  else if (MODEL.test(path)) for (const name of [path, `${path}.data`]) files.add(name);
  else for (const file of filesOf(path)) files.add(file);
  return files;
}

/** Returns a folder and those above it, up to the one that the command was started in. */
function foldersTo(folder: string): readonly string[] {
  const top = process.cwd();
  const folders = [folder];
  for (let at = folder; at !== top && at.startsWith(top); ) {
    at = dirname(at);
    folders.push(at);
  }
  return folders;
}
