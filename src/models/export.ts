/**
 * Exports models from the store: as an archive or as a folder.
 * @module
 */

import { copyFile, link, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ServiceError } from "../error.ts";
import { type Packed, pack } from "./archive.ts";
import { diskError } from "./file-hash.ts";
import { infoText } from "./model-info.ts";
import { newOwner } from "./owner.ts";
import { INFO_FILE } from "./relative-path.ts";
import { writeWhole } from "./staging.ts";
import type { StoredModel } from "./stored-model.ts";

const GZIP = /\.(?:bentomodel|tgz|gz)$/i;
const TAR = /\.tar$/i;

/** The ends of archives that are not written, and would be a strange name for a folder. */
const OTHER_ARCHIVE = /\.(?:zip|7z|rar|zst|xz|bz2|txz|tzst|tbz2?)$/i;

/**
 * Writes a model into a new archive or a new folder, by the end of the path: `.bentomodel`,
 * `.tar.gz` and `.tgz` are compressed, `.tar` is not, and any other is a folder. In an existing
 * folder, an archive `<name>-<version>.bentomodel` is made.
 *
 * @returns the path that was written
 * @throws ServiceError `already_exists`: nothing is overwritten; `invalid_argument` for an archive
 *   of another kind
 */
export async function exportModel(model: StoredModel, path = "."): Promise<string> {
  const wanted = resolve(path);
  const isFolder = (await stat(wanted).catch(() => undefined))?.isDirectory() === true;
  const to = isFolder ? join(wanted, `${model.name}-${model.version}.bentomodel`) : wanted;
  if (!isFolder && OTHER_ARCHIVE.test(to)) {
    const kinds = ".bentomodel, .tar.gz, .tgz or .tar";
    throw new ServiceError("invalid_argument", `Cannot write ${path}: an archive is ${kinds}`);
  }
  try {
    if (GZIP.test(to) || TAR.test(to)) await exportArchive(model, to);
    else await exportFolder(model, to);
  } catch (error) {
    throw diskError(error, to);
  }
  return to;
}

async function exportArchive({ info, path }: StoredModel, to: string): Promise<void> {
  if ((await stat(to).catch(() => undefined)) !== undefined) throw exists(to);
  const text = infoText(info);
  const files: Packed[] = [
    // First, so that a reader knows what is to come.
    { path: INFO_FILE, size: Buffer.byteLength(text), from: { text } },
    ...info.files.map((file) => ({ ...file, from: { file: join(path, file.path) } })),
  ];
  const temporary = join(dirname(to), `.${newOwner()}`);
  await mkdir(dirname(to), { recursive: true });
  try {
    await pack(files, temporary, { compress: GZIP.test(to), mtime: new Date(info.creationTime) });
    await withoutOverwriting(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function withoutOverwriting(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === "EEXIST") throw exists(to);
    // Some file systems have no links.
    await rename(from, to);
  }
}

async function exportFolder({ info, path }: StoredModel, to: string): Promise<void> {
  const temporary = join(dirname(to), `.${newOwner()}`);
  try {
    for (const file of info.files) {
      const at = join(temporary, file.path);
      await mkdir(dirname(at), { recursive: true });
      await copyFile(join(path, file.path), at);
    }
    await writeWhole(join(temporary, INFO_FILE), infoText(info));
    await rename(temporary, to);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    throw code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR" ? exists(to) : error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function exists(path: string): ServiceError {
  return new ServiceError("already_exists", `There is a file ${path} already`);
}
