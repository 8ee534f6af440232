/**
 * The target of a command: a file with a service, a model, or a folder with one of them.
 * @module
 */

import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf } from "../error.ts";
import { type Executable, executable } from "../executable.ts";
import { Service } from "../index.ts";
import { type BatchingOf, modelService } from "./model-service.ts";

const CODE = /\.[cm]?[jt]sx?$/;
const MODEL = /\.onnx$/i;
/** The names of a service's file: sources come before their compiled forms. */
const SERVICE_FILES = ["ts", "mts", "cts", "tsx", "js", "mjs", "cjs", "jsx"].map(
  (extension) => `service.${extension}`,
);

/**
 * Returns the service of a file: its default export, or one made of an ONNX model.
 *
 * @param target a file or a folder; by default the folder that the command was started in
 * @param batching returns the batching of a model's calls by the name of its runner
 * @throws Error that names the file if it is missing or has no service
 */
export async function loadTarget(
  target: string | undefined,
  batching: BatchingOf,
): Promise<Service> {
  const inside = executable();
  if (inside !== undefined) return await serviceInside(inside, target, batching);
  const path = await fileOfTarget(target);
  const url = pathToFileURL(path);
  if (MODEL.test(path)) return modelService(url, batching);
  if (!CODE.test(path)) {
    throw new Error(`Cannot serve ${path}: it must be a JavaScript or TypeScript file, or .onnx`);
  }
  return checked(await load(url), path);
}

/** Returns the path of a target: that file, or the one in a folder. */
export function fileOfTarget(target: string | undefined): Promise<string> {
  return fileOf(resolve(target ?? "."));
}

/** Returns the service in an executable of `ekiben compile`. */
async function serviceInside(
  { model, service }: Executable,
  target: string | undefined,
  batching: BatchingOf,
): Promise<Service> {
  if (target !== undefined) {
    throw new Error(`This executable serves what is inside it: it cannot serve ${target}`);
  }
  if (model !== undefined) return modelService(model, batching);
  return checked((await service?.()) ?? {}, "the service inside");
}

function checked({ default: found }: { readonly default?: unknown }, path: string): Service {
  if (found instanceof Service) return found;
  const given = found === undefined ? "it has none" : `it is of type ${typeof found}`;
  throw new Error(`The default export of ${path} must be what service() returns, but ${given}`);
}

async function fileOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return await fileIn(path);
  if (found === undefined) throw new Error(`There is no file ${path}`);
  if (found.isFile()) return path;
  throw new Error(`${path} is not a file: name a service.ts or a model.onnx`);
}

/**
 * Returns the file of a folder: the one that the key "ekiben" of its package.json names, its
 * service.ts (or .js, .mts, …), or its only model.
 */
async function fileIn(folder: string): Promise<string> {
  const named = await namedInPackage(join(folder, "package.json"));
  if (named !== undefined) {
    const path = resolve(folder, named);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
    throw new Error(
      `The key "ekiben" of ${join(folder, "package.json")} names ${path}, which is not a file`,
    );
  }
  const names = (await readdir(folder)).sort();
  const service = SERVICE_FILES.find((name) => names.includes(name));
  if (service !== undefined) return join(folder, service);
  const models = names.filter((name) => MODEL.test(name));
  const [model, ...others] = models;
  if (model !== undefined && others.length === 0) return join(folder, model);
  const there = model === undefined ? "no model.onnx" : `several models (${models.join(", ")})`;
  throw new Error(
    `There is nothing to serve in the folder ${folder}: it has no service.ts, no key "ekiben" in ` +
      `a package.json, and ${there}. Name the file`,
  );
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

async function load(url: URL): Promise<{ readonly default?: unknown }> {
  try {
    return await import(url.href);
  } catch (error) {
    throw new Error(`Cannot load ${fileURLToPath(url)}: ${messageOf(error)}`, { cause: error });
  }
}
