/**
 * What the command line is told to serve: a file with a service, or a model.
 * @module
 */

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf } from "../error.ts";
import { Service } from "../index.ts";
import { modelService } from "./model-service.ts";

/**
 * The service of a file: its default export, or one made of an ONNX model.
 *
 * @throws Error that names the file when there is none, or none with a service in it
 */
export async function loadTarget(target: string): Promise<Service> {
  const path = resolve(target);
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) throw new Error(`There is no file ${path}`);
  if (!file.isFile()) throw new Error(`${path} is not a file: name a service.ts or a model.onnx`);
  const url = pathToFileURL(path);
  if (path.endsWith(".onnx")) return modelService(url);
  if (!/\.[cm]?[jt]sx?$/.test(path)) {
    throw new Error(`Cannot serve ${path}: it must be a JavaScript or TypeScript file, or .onnx`);
  }
  const { default: found } = await load(url);
  if (found instanceof Service) return found;
  const given = found === undefined ? "it has none" : `it is of type ${typeof found}`;
  throw new Error(`The default export of ${path} must be what service() returns, but ${given}`);
}

async function load(url: URL): Promise<{ readonly default?: unknown }> {
  try {
    return await import(url.href);
  } catch (error) {
    throw new Error(`Cannot load ${fileURLToPath(url)}: ${messageOf(error)}`, { cause: error });
  }
}
