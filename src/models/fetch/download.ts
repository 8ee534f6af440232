/**
 * Downloads a file: goes on after a break where it stopped, and checks its size and its hash.
 * @module
 */

import { mkdir, open, rm, statfs, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { ServiceError } from "../../error.ts";
import { diskError, hashFile, writeAll } from "../file-hash.ts";
import { flush } from "../staging.ts";
import { chunksOf } from "./chunks.ts";
import { answerError, TransientFailure } from "./failure.ts";
import { discard, noteOf, noteValidator, sizeOf, validatorOf } from "./part-file.ts";
import { type Progress, sizeText } from "./progress.ts";
import { type FetchSettings, request, StallTimer, shown } from "./request.ts";
import { withRetries } from "./retries.ts";

/** The facts of a file that must be true. */
export interface Expected {
  readonly size?: number | undefined;
  readonly sha256?: string | undefined;
  /** The hash that git has of it. */
  readonly gitSha1?: string | undefined;
}

/** A file to download. */
export interface Download {
  readonly url: URL;
  /** Where its bytes are collected. What an earlier try has left there is gone on with. */
  readonly part: string;
  readonly expected: Expected;
  readonly secret?: { readonly origin: string; readonly value: string } | undefined;
  /** Its name, for messages. */
  readonly name: string;
  /** What a user may do about some statuses. */
  readonly hints?: Readonly<Record<number, string>>;
  /** Reads more that is expected from the headers of the first answer. */
  readonly learn?: (first: Headers) => Expected;
}

/** A file that is here. */
export interface Downloaded {
  readonly size: number;
  readonly sha256: string;
}

/** A part of the disk that is left free, in bytes. */
const FREE_BYTES = 64_000_000;

/**
 * Downloads a file into `part`.
 *
 * @throws ServiceError `unavailable` after all tries; `failed_precondition` if the size or the hash
 *   is wrong; `resource_exhausted` if the disk is too small
 */
export async function download(
  file: Download,
  settings: FetchSettings,
  progress: Progress,
): Promise<Downloaded> {
  await mkdir(dirname(file.part), { recursive: true });
  let expected = file.expected;
  const note = (reason: string): void => progress.note(`${reason}; trying again`);
  for (let round = 1; ; round++) {
    let isResumed = false;
    let furthest = 0;
    const result = await withRetries(
      settings,
      async (moved) => {
        // A server that cannot go on sends the same beginning again, which is no progress.
        const reached = (at: number): void => {
          if (at <= furthest) return;
          furthest = at;
          moved();
        };
        const attempt = new Attempt(file, expected, settings, progress, reached);
        expected = await attempt.run();
        isResumed = attempt.isResumed;
        return await hashFile(file.part, await sizeOf(file.part));
      },
      note,
    );
    const wrong = difference(expected, result);
    if (wrong === undefined) {
      await flush(file.part);
      await rm(noteOf(file.part), { force: true });
      return result;
    }
    await discard(file.part);
    // The beginning may have been damaged by a crash, or may be that of another file.
    if (!isResumed || round > 1) throw damaged(file.name, wrong);
    note(`${file.name} is damaged`);
  }
}

function damaged(name: string, wrong: string): ServiceError {
  return new ServiceError("failed_precondition", `${name} is not what it should be: ${wrong}`);
}

function difference(
  expected: Expected,
  found: Downloaded & { gitSha1: string },
): string | undefined {
  const { size, sha256, gitSha1 } = expected;
  if (size !== undefined && size !== found.size) {
    return `it has ${found.size} bytes, not ${size}`;
  }
  if (sha256 !== undefined && sha256 !== found.sha256) {
    return `its SHA-256 is ${found.sha256}, not ${sha256}`;
  }
  if (sha256 === undefined && gitSha1 !== undefined && gitSha1 !== found.gitSha1) {
    return `its git SHA-1 is ${found.gitSha1}, not ${gitSha1}`;
  }
  return undefined;
}

/** One request for a file, or for the rest of it. */
class Attempt {
  readonly #file: Download;
  readonly #settings: FetchSettings;
  readonly #progress: Progress;
  readonly #reached: (at: number) => void;
  #expected: Expected;
  /** True if an earlier attempt has left the beginning of the file. */
  isResumed = false;

  constructor(
    file: Download,
    expected: Expected,
    settings: FetchSettings,
    progress: Progress,
    reached: (at: number) => void,
  ) {
    this.#file = file;
    this.#expected = expected;
    this.#settings = settings;
    this.#progress = progress;
    this.#reached = reached;
  }

  /** Fetches what is missing. @returns all that is expected of the file */
  async run(): Promise<Expected> {
    const { part, url, secret, name, hints, learn } = this.#file;
    const { size } = this.#expected;
    const from = await this.#begin();
    this.isResumed = from > 0;
    if (size !== undefined && from === size && from > 0) return this.#expected;
    const validator = from > 0 ? await validatorOf(part) : undefined;
    using stall = new StallTimer(this.#settings);
    const headers = from === 0 ? {} : { range: `bytes=${from}-`, ...validator };
    const { response, first } = await request(url, { headers, secret, stall });
    if (response.status === 416) {
      await discard(part);
      throw new TransientFailure(`${name} has become shorter`);
    }
    if (response.status !== 200 && response.status !== 206) {
      throw answerError(response, `${name} from ${shown(url)}`, hints);
    }
    const chunks = chunksOf(response.body, stall, name);
    this.#expected = { ...learn?.(first), ...known(this.#expected) };
    const start = response.status === 206 ? await this.#startOfRange(response, from) : 0;
    this.isResumed = start > 0;
    this.#expectSize(response, start);
    // In this order: the beginning of one file must never stand beside the validator of another.
    if (start === 0) await rm(part, { force: true });
    await noteValidator(part, response.headers);
    await this.#write(chunks, start);
    return this.#expected;
  }

  /** Returns the number of bytes that are there and can be gone on with. */
  async #begin(): Promise<number> {
    const { part } = this.#file;
    const { size, sha256, gitSha1 } = this.#expected;
    const there = await sizeOf(part);
    const canGoOn = sha256 !== undefined || gitSha1 !== undefined;
    const isUsable = canGoOn || (await validatorOf(part)) !== undefined;
    if (there === 0 || (isUsable && there <= (size ?? there))) return there;
    await discard(part);
    return 0;
  }

  async #startOfRange({ headers }: Response, from: number): Promise<number> {
    const range = headers.get("content-range") ?? "";
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    const { size } = this.#expected;
    const isWrong = Number(start) !== from || start === undefined;
    if (isWrong) {
      await discard(this.#file.part);
      throw new TransientFailure(`${this.#file.name}: the server sent another part than asked for`);
    }
    if (total !== undefined && total !== "*" && size !== undefined && Number(total) !== size) {
      throw damaged(this.#file.name, `the server has ${total} bytes, not ${size}`);
    }
    return from;
  }

  /** Compares the size that the server declares with the one that is known. */
  #expectSize({ headers }: Response, start: number): void {
    const { size } = this.#expected;
    const text = headers.get("content-length");
    // The length of a compressed body is not that of the file.
    const isPlain = ["identity", null].includes(headers.get("content-encoding"));
    if (text === null || !isPlain) return;
    const declared = start + Number(text);
    if (size === undefined) this.#expected = { ...this.#expected, size: declared };
    else if (declared !== size) {
      throw damaged(this.#file.name, `the server sends ${declared} bytes, not ${size}`);
    }
  }

  async #write(chunks: AsyncIterable<Uint8Array>, start: number): Promise<void> {
    const { part, name } = this.#file;
    const { size } = this.#expected;
    const free = await freeBytes(dirname(part));
    const limit = size ?? start + Math.max(0, free - FREE_BYTES);
    if (size !== undefined && size - start > free) throw tooLarge(name, size - start, free);
    this.#progress.begin(name, size);
    if (start > 0) await truncate(part, start);
    const handle = await open(part, "a");
    let at = start;
    try {
      for await (const chunk of chunks) {
        if (at + chunk.length > limit) {
          if (size === undefined) throw tooLarge(name, at + chunk.length, free);
          throw damaged(name, `the server sends more than ${size} bytes`);
        }
        await writeAll(handle, chunk);
        at += chunk.length;
        this.#progress.at(at);
        this.#reached(at);
      }
    } catch (error) {
      throw diskError(error, part);
    } finally {
      await handle.close();
    }
    if (size !== undefined && at < size) {
      throw new TransientFailure(`${name} broke off at ${sizeText(at)} of ${sizeText(size)}`);
    }
    this.#progress.end();
  }
}

function tooLarge(name: string, needed: number, free: number): ServiceError {
  return new ServiceError(
    "resource_exhausted",
    `The disk is too small for ${name}: of ${sizeText(needed)}, ${sizeText(free)} are free`,
  );
}

async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return Number.MAX_SAFE_INTEGER; // Not all systems can say.
  }
}

function known(expected: Expected): Expected {
  return Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined));
}
