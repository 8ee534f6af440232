/**
 * The file in which the bytes of a download are collected, and the validator beside it.
 * @module
 */

import { readFile, rm, stat } from "node:fs/promises";
import { recordOf, textOf } from "../plain-values.ts";
import { writeWhole } from "../staging.ts";

/** Returns the size of a file in bytes; 0 if there is none. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** The file with the validator of a part: what tells whether the server still has the same file. */
export function noteOf(part: string): string {
  return `${part}.json`;
}

/** Removes a part and its validator. */
export async function discard(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(noteOf(part), { force: true });
}

/** Keeps the validator of an answer: a strong ETag, or else the date of the last change. */
export async function noteValidator(part: string, headers: Headers): Promise<void> {
  const etag = headers.get("etag");
  const date = headers.get("last-modified");
  // A weak one says nothing about bytes.
  const validator = etag !== null && !etag.startsWith("W/") ? etag : date;
  if (validator === null) await rm(noteOf(part), { force: true });
  else await writeWhole(noteOf(part), JSON.stringify({ validator }));
}

/** Returns the header that asks for the rest of a part only if the file is still the same. */
export async function validatorOf(part: string): Promise<{ "if-range": string } | undefined> {
  try {
    const found = recordOf(JSON.parse(await readFile(noteOf(part), "utf8")));
    const validator = textOf(found?.["validator"]);
    return validator === undefined ? undefined : { "if-range": validator };
  } catch {
    return undefined;
  }
}
