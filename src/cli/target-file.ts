/**
 * The file that a command serves: the one that is named, or the one in a folder.
 * @module
 */

import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf } from "../error.ts";

/** The names of models. */
export const MODEL: RegExp = /\.onnx$/i;

/** The names of a service's file: sources come before their compiled forms. */
const SERVICE_FILES = ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "jsx"].map(
  (extension) => `service.${extension}`,
);

/** A file, or a folder with models and no code. */
export interface Target {
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Finds what a target names: a file, the file that a folder is for, or a folder of models.
 *
 * @param target a file or a folder; by default the folder that the command was started in
 * @throws Error that says what is missing
 */
export async function findTarget(target: string | undefined): Promise<Target> {
  const path = resolve(target ?? ".");
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Error(`There is no file ${path}`);
  if (found.isFile()) return { path, isFolder: false };
  if (!found.isDirectory()) {
    throw new Error(`${path} is not a file: name a service.ts or a model.onnx`);
  }
  const service = await serviceIn(path);
  return service === undefined ? { path, isFolder: true } : { path: service, isFolder: false };
}

/**
 * Returns the path of the file of a target: that file, or the one in a folder.
 *
 * @throws Error that says what is missing
 */
export async function fileOfTarget(target: string | undefined): Promise<string> {
  const { path, isFolder } = await findTarget(target);
  if (!isFolder) return path;
  const models = await modelsIn(path);
  const [model, ...others] = models;
  if (model !== undefined && others.length === 0) return join(path, model);
  throw nothingToServe(path, models);
}

/** Returns the error for a folder without anything to serve. */
export function nothingToServe(folder: string, models: readonly string[] = []): Error {
  const there = models.length === 0 ? "no model.onnx" : `several models (${models.join(", ")})`;
  return new Error(
    `There is nothing to serve in the folder ${folder}: it has no service.ts, no key "ekiben" in ` +
      `a package.json, and ${there}. Name the file`,
  );
}

/**
 * Returns the file of a service in a folder: the one that the key "ekiben" of its package.json
 * names, or its service.ts (or .js, .mts, …).
 */
async function serviceIn(folder: string): Promise<string | undefined> {
  const named = await namedInPackage(join(folder, "package.json"));
  if (named !== undefined) {
    const path = resolve(folder, named);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
    throw new Error(
      `The key "ekiben" of ${join(folder, "package.json")} names ${path}, which is not a file`,
    );
  }
  const names = await namesIn(folder);
  const service = SERVICE_FILES.find((name) => names.includes(name));
  return service && join(folder, service);
}

async function modelsIn(folder: string): Promise<readonly string[]> {
  return (await namesIn(folder)).filter((name) => MODEL.test(name));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw new Error(`Cannot read the folder ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

async function namedInPackage(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const value = ekibenKey(file, text);
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  throw new Error(
    `The key "ekiben" of ${file} must be the path of a service or a model, ` +
      `but was ${JSON.stringify(value)}`,
  );
}

function ekibenKey(file: string, text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly ekiben?: unknown } | null)?.ekiben;
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
