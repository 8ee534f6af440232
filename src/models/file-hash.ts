/**
 * Hashes of files, and copies of files with their hashes.
 * @module
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { ServiceError } from "../error.ts";

/** The hashes of a file. */
export interface FileHashes {
  readonly size: number;
  readonly sha256: string;
  /** The hash that git has of it as a blob. */
  readonly gitSha1: string;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Computes the hashes of a file.
 *
 * @param size its size, which stands before its bytes in git's hash
 */
export async function hashFile(path: string, size: number): Promise<FileHashes> {
  const sha256 = createHash("sha256");
  const sha1 = createHash("sha1").update(`blob ${size}\0`);
  let length = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    sha256.update(bytes);
    sha1.update(bytes);
  }
  return { size: length, sha256: sha256.digest("hex"), gitSha1: sha1.digest("hex") };
}

/**
 * Writes the bytes of a source to a new file, and returns their count and hash.
 *
 * @param maxBytes the most bytes that may come
 * @throws ServiceError `resource_exhausted` if more come, or the disk is full
 */
export async function writeHashed(
  source: AsyncIterable<Uint8Array>,
  to: string,
  maxBytes: number,
): Promise<{ readonly size: number; readonly sha256: string }> {
  await mkdir(dirname(to), { recursive: true });
  const hash = createHash("sha256");
  let size = 0;
  // Fails if the file exists, be it by a link.
  const handle = await open(to, "wx", 0o644);
  try {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > maxBytes) {
        throw new ServiceError("resource_exhausted", `${to} has more than ${maxBytes} bytes`);
      }
      hash.update(chunk);
      await writeAll(handle, chunk);
    }
    await handle.sync();
  } catch (error) {
    throw diskError(error, to);
  } finally {
    await handle.close();
  }
  return { size, sha256: hash.digest("hex") };
}

/** Copies a file, and returns its size and hash. */
export function copyHashed(
  from: string,
  to: string,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const chunks = createReadStream(from, { highWaterMark: CHUNK_BYTES });
  return writeHashed(chunks as AsyncIterable<Uint8Array>, to, Number.MAX_SAFE_INTEGER);
}

/** A file that is open for writing. */
interface Writable {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }>;
}

/** Writes all bytes: one call of the system may write a part. */
export async function writeAll(handle: Writable, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

/** Returns an error of the disk with a plainer message; any other error as it is. */
export function diskError(error: unknown, path: string): unknown {
  const { code } = error as { readonly code?: unknown };
  const reasons: Readonly<Record<string, string>> = {
    ENOSPC: "the disk is full",
    EDQUOT: "the quota of the disk is used up",
    EFBIG: "the file is too large for the file system",
    EROFS: "the file system is read-only",
    EACCES: "this user may not write there",
    EPERM: "this user may not write there",
  };
  const reason = typeof code === "string" ? reasons[code] : undefined;
  if (reason === undefined) return error;
  return new ServiceError("resource_exhausted", `Cannot write ${path}: ${reason}`, {
    cause: error,
  });
}
