/**
 * Adds a model of files that a program makes.
 * @module
 */

import { join } from "node:path";
import { invalidArgument } from "../error.ts";
import { writeHashed } from "./file-hash.ts";
import type { CreateModelOptions } from "./models.ts";
import { checkRelativePath, INFO_FILE } from "./relative-path.ts";
import { Store } from "./store.ts";
import type { StoredModel } from "./stored-model.ts";

/** Adds a model. @param files their contents, by their paths */
export async function createModel(
  name: string,
  files: Readonly<Record<string, Uint8Array | string>>,
  options: CreateModelOptions,
): Promise<StoredModel> {
  const entries = Object.entries(files);
  if (entries.length === 0) throw invalidArgument(`Model ${name} has no files`);
  for (const [path] of entries) {
    checkRelativePath("file of a model", path);
    if (path === INFO_FILE) throw invalidArgument(`A model cannot have a file ${INFO_FILE}`);
  }
  return await new Store().add({ ...options, name }, async (folder) => {
    const written = [];
    for (const [path, content] of entries) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const found = await writeHashed(one(bytes), join(folder, path), bytes.length);
      written.push({ path, ...found });
    }
    return written;
  });
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
