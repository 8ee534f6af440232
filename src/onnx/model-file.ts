/**
 * Reading a model: from a file, over HTTP, or bytes that are there already.
 * @module
 */

import { messageOf } from "../error.ts";

/** Where a model is: a URL, a path, or its bytes. */
export type ModelSource = URL | string | Uint8Array;

/** The model's file name, for messages. */
export function modelName(source: ModelSource): string {
  if (source instanceof Uint8Array) return `a model of ${source.byteLength} bytes`;
  return source instanceof URL ? decodeURIComponent(source.pathname) : source;
}

/**
 * The bytes of a model.
 *
 * @throws Error that names the model, when it cannot be read
 */
export async function readModel(source: ModelSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  const url = typeof source === "string" && URL.canParse(source) ? new URL(source) : source;
  try {
    if (url instanceof URL && url.protocol !== "file:") return await download(url);
    // Node's fetch() refuses file: URLs, so files are read by the module all three share.
    const { readFile } = await import("node:fs/promises");
    return await readFile(url);
  } catch (error) {
    throw new Error(`Cannot read the model ${modelName(source)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function download(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return await response.bytes();
}
