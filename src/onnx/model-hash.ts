/**
 * The digest of a model that is opened: of the bytes that were read, not of what its file holds
 * later.
 * @module
 */

import type { Files } from "../files/files.ts";
import { digestOfFiles, type HashedFile, sha256 } from "../model-digest.ts";
import { workerHost } from "../worker-host.ts";

/** A file of weights that may not have been read: the library may map it into memory itself. */
export interface WeightsFile {
  readonly name: string;
  readonly at: string;
}

/** Hashes the parts of a model while it is opened. */
export class ModelHash {
  readonly #main: Promise<string | undefined>;
  readonly #weights: readonly (() => Promise<HashedFile | undefined>)[] = [];
  /** The hashes of the files of weights whose content has been read, by their names. */
  readonly #read = new Map<string, Promise<string>>();

  /**
   * @param main the SHA-256 of the model's own file
   * @param weights functions that hash the files of its weights which have not been read
   */
  constructor(
    main: Promise<string | undefined>,
    weights: readonly (() => Promise<HashedFile | undefined>)[] = [],
  ) {
    this.#main = main;
    this.#weights = weights;
    main.catch(() => {}); // digest() reports it
  }

  /** Hashes the content of a file of weights, and returns it. */
  add(name: string, data: Uint8Array): Uint8Array {
    const hashing = hash(data);
    hashing?.catch(() => {});
    if (hashing !== undefined) this.#read.set(name, hashing);
    return data;
  }

  /**
   * Returns the digest as hex digits, once the model is open; undefined if it cannot be computed.
   *
   * @param names the names of all files of weights
   * @throws Error if a file of weights was changed while the model was opened
   */
  async digest(names: readonly string[]): Promise<string | undefined> {
    const main = await this.#main;
    if (main === undefined) return undefined;
    const found: HashedFile[] = [];
    for (const [name, hashing] of this.#read) found.push({ name, sha256: await hashing });
    const others = await Promise.all(this.#weights.map((each) => each()));
    for (const each of others) {
      if (each !== undefined && !this.#read.has(each.name)) found.push(each);
    }
    return found.length === names.length ? await digestOfFiles(main, found) : undefined;
  }
}

/** Returns the SHA-256 of bytes; undefined where the runtime has none, as on pages without TLS. */
export function hash(bytes: Uint8Array): Promise<string> | undefined {
  return crypto.subtle === undefined ? undefined : sha256(bytes);
}

/**
 * Returns the SHA-256 of a file that has been read: if no one has changed it since, from the main
 * thread, which hashes it once for all workers.
 *
 * @param before its stamp before it was read
 */
export async function hashOfRead(
  disk: Files,
  path: string,
  bytes: Uint8Array,
  before: string | undefined,
): Promise<string | undefined> {
  const host = workerHost();
  if (host !== undefined && before !== undefined && (await disk.stampOf(path)) === before) {
    const found = await host.sha256Of(path, before);
    if (found !== undefined) return found;
  }
  return await hash(bytes);
}

/**
 * Begins to hash a file of weights. The returned function waits for the hash.
 *
 * @throws Error from that function, if the file was changed since
 */
export function hashOfWeights(
  disk: Files,
  { name, at }: WeightsFile,
): () => Promise<HashedFile | undefined> {
  const host = workerHost();
  const hashing = (async () => {
    const stamp = await disk.stampOf(at);
    const shared = stamp === undefined ? undefined : await host?.sha256Of(at, stamp);
    return { stamp, sha256: shared ?? (await disk.sha256Of(at)) };
  })();
  hashing.catch(() => {});
  return async () => {
    const { stamp, sha256: found } = await hashing;
    if (stamp !== undefined && (await disk.stampOf(at)) !== stamp) {
      throw new Error(`the weights in "${name}" were changed while the model was opened`);
    }
    return { name, sha256: found };
  };
}
