/**
 * Archives of models: tar, plain or compressed with gzip; read also with zstd.
 * @module
 */

import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip, createZstdDecompress } from "node:zlib";
import { createTarDecoder, createTarPacker, type TarHeader } from "modern-tar";
import { invalidArgument, messageOf, ServiceError } from "../error.ts";
import { writeHashed } from "./file-hash.ts";
import type { StoredFile } from "./model-info.ts";
import { checkRelativePath, MAX_FILES } from "./relative-path.ts";

/** The kinds of files by their first bytes. */
const MAGIC: readonly (readonly [kind: string, bytes: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
];

/** The most bytes of an archive's files for each of its own: models compress far less. */
const MAX_RATIO = 100;

/** Small archives may have more. */
const ALWAYS_BYTES = 64_000_000;

/** The most entries, folders included. */
const MAX_ENTRIES = 10 * MAX_FILES;

/** The types of entries that say something about others only. */
const SKIPPED: ReadonlySet<string> = new Set(["directory", "pax-global-header"]);

/**
 * Unpacks an archive into an empty folder. Anything but plain files and folders is refused, and any
 * path that leads out of the folder.
 *
 * @returns the files, by their paths
 * @throws ServiceError `invalid_argument` for an archive that is not a tar file, is damaged, or has
 *   such an entry; `resource_exhausted` if it is a bomb
 */
export async function unpack(archive: string, folder: string): Promise<StoredFile[]> {
  const { size } = await stat(archive);
  const files: StoredFile[] = [];
  const seen = new Set<string>();
  let left = size * MAX_RATIO + ALWAYS_BYTES;
  let entries = 0;
  try {
    const bytes = await plainBytes(archive);
    const decoder = createTarDecoder({ strict: true });
    for await (const { header, body } of bytes.pipeThrough(decoder)) {
      entries += 1;
      if (entries > MAX_ENTRIES || files.length > MAX_FILES) {
        throw invalidArgument(`it has more than ${MAX_FILES} files`);
      }
      const path = pathOf(header);
      if (path === undefined) {
        await body.cancel();
        continue;
      }
      if (seen.has(path)) throw invalidArgument(`it has two files ${path}`);
      seen.add(path);
      const written = await writeHashed(body, join(folder, path), left);
      if (written.size !== header.size) throw invalidArgument(`it ends within ${path}`);
      left -= written.size;
      files.push({ path, ...written });
    }
  } catch (error) {
    const code = error instanceof ServiceError ? error.code : "invalid_argument";
    const text = `Cannot unpack ${archive}: ${messageOf(error)}`;
    throw new ServiceError(code, text, { cause: error });
  }
  return files;
}

/** Returns the path of a file's entry; `undefined` for a folder. */
function pathOf({ name, type = "file" }: TarHeader): string | undefined {
  const path = name.replace(/^(?:\.\/)+/, "");
  if (SKIPPED.has(type)) {
    const folder = path.replace(/\/+$/, "");
    if (folder !== "" && folder !== ".") checkRelativePath("folder of the archive", folder);
    return undefined;
  }
  if (type === "file") return checkRelativePath("file of the archive", path);
  throw invalidArgument(`${JSON.stringify(name)} is a ${type}, and only files and folders may be`);
}

/** Returns the bytes of a tar file. */
async function plainBytes(archive: string): Promise<ReadableStream<Uint8Array>> {
  const kind = await kindOf(archive);
  const source = createReadStream(archive, { highWaterMark: 1 << 18 });
  if (kind === undefined) return webStream(source);
  const inflate =
    kind === "gzip" ? createGunzip() : kind === "zstd" ? createZstdDecompress() : undefined;
  if (inflate === undefined) {
    source.destroy();
    const text = `it is compressed with ${kind}, which cannot be read here: make it a .tar.gz`;
    throw invalidArgument(text);
  }
  // What it fails with, its reader gets.
  source.once("error", (error) => inflate.destroy(error));
  inflate.once("close", () => source.destroy());
  return webStream(source.pipe(inflate));
}

/** Not by `Readable.toWeb()`, which reads ahead without a bound on some runtimes. */
function webStream(source: Readable): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done = false, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void source.destroy(),
  });
}

async function kindOf(path: string): Promise<string | undefined> {
  const handle = await open(path, "r");
  try {
    const start = new Uint8Array(8);
    await handle.read(start, 0, start.length, 0);
    return MAGIC.find(([, bytes]) => bytes.every((byte, at) => start[at] === byte))?.[0];
  } finally {
    await handle.close();
  }
}

/** A file to pack: from a path, or its text. */
export interface Packed {
  readonly path: string;
  readonly size: number;
  readonly from: { readonly file: string } | { readonly text: string };
}

/** Writes files into a new archive. @param mtime the time of all its files */
export async function pack(
  files: readonly Packed[],
  to: string,
  { compress, mtime }: { readonly compress: boolean; readonly mtime: Date },
): Promise<void> {
  const { readable, controller } = createTarPacker();
  const adding = addAll(files, controller, mtime);
  // Otherwise it would be an unhandled rejection when the pipeline fails first.
  adding.catch((error: unknown) => controller.error(error));
  const bytes = Readable.from(readable, { objectMode: false });
  const sink = createWriteStream(to, { flags: "wx", flush: true });
  // Weights hardly get smaller by more effort.
  if (compress) await pipeline(bytes, createGzip({ level: 1 }), sink);
  else await pipeline(bytes, sink);
  await adding;
}

async function addAll(
  files: readonly Packed[],
  controller: ReturnType<typeof createTarPacker>["controller"],
  mtime: Date,
): Promise<void> {
  for (const { path, size, from } of files) {
    const header: TarHeader = { name: path, size, mtime, mode: 0o644, uid: 0, gid: 0 };
    const writer = controller.add(header).getWriter();
    if ("text" in from) await writer.write(new TextEncoder().encode(from.text));
    else {
      for await (const chunk of createReadStream(from.file, { highWaterMark: 1 << 18 })) {
        await writer.write(new Uint8Array(chunk as Uint8Array));
      }
    }
    await writer.close();
  }
  controller.finalize();
}
