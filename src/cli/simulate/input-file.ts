/**
 * The files that `ekiben simulate` reads.
 * @module
 */

import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { messageOf } from "../../error.ts";

/** The most bytes of a file: as much as a server records. */
const MAX_BYTES = 130 * 1024 * 1024;

/**
 * Returns the text of a file, bounded: a device may have no end.
 *
 * @throws Error with the reason why it cannot be read, as a sentence
 */
export function textOf(file: string, maxBytes: number = MAX_BYTES): string {
  try {
    const descriptor = openSync(file, "r");
    try {
      return firstText(descriptor, maxBytes);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new Error(`The file cannot be read: ${messageOf(error)}.`);
  }
}

/** @throws as `textOf()`, and Error for a text that is not JSON */
export function jsonOf(file: string): unknown {
  const text = textOf(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The file is not JSON: ${messageOf(error)}.`);
  }
}

function firstText(descriptor: number, maxBytes: number): string {
  const chunks: Buffer[] = [];
  for (let bytes = 0; bytes <= maxBytes; bytes += chunks.at(-1)?.length ?? 0) {
    const chunk = Buffer.alloc(1 << 20);
    const length = readSync(descriptor, chunk);
    if (length === 0) return Buffer.concat(chunks).toString("utf8");
    chunks.push(chunk.subarray(0, length));
  }
  throw new Error(`it has more than ${maxBytes} bytes`);
}
