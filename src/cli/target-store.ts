/**
 * Targets that are models of the store: tags, names on a hub, and URLs.
 * @module
 */

import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** A tag, which may also be the path of a file. */
const TAG = /^[a-z0-9][-._a-z0-9]*(?::[a-z0-9][-._a-z0-9]*)?$/i;

/** The names of files that are served: one that does not exist is a mistake, not a tag. */
const FILE = /\.(?:[cm]?[jt]sx?|onnx)$/i;

/** Returns true for a target that can only be a model of the store, or one to fetch. */
export function mayBeStored(target: string | undefined): target is string {
  if (target === undefined) return false;
  if (/^(?:hf|https?|models):/i.test(target)) return true;
  return TAG.test(target) && !FILE.test(target) && !existsSync(resolve(target));
}

/**
 * Returns the file of a model of the store, which is fetched if it is on a hub or has a URL;
 * `undefined` for any other target.
 *
 * @throws ServiceError if there is no such model, or it cannot be fetched
 */
export async function storedTarget(
  target: string | undefined,
): Promise<{ readonly name: string; readonly path: string } | undefined> {
  if (!mayBeStored(target)) return undefined;
  const [{ servedModel }, { consoleProgress }] = await Promise.all([
    import("../models/locate.ts"),
    import("./models/progress.ts"),
  ]);
  return await servedModel(target, { progress: consoleProgress() });
}
