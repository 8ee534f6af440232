/**
 * Imports models from the file system: an ONNX file with its weights, a folder, or an archive.
 * @module
 */

import { readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { invalidArgument, ServiceError } from "../error.ts";
import { unpack } from "./archive.ts";
import { MODEL } from "./describe.ts";
import { copyHashed } from "./file-hash.ts";
import { MAX_INFO_BYTES, type ParsedInfo, parseInfo, type StoredFile } from "./model-info.ts";
import { checkRelativePath, INFO_FILE, MAX_FILES } from "./relative-path.ts";
import type { NewModel, Store } from "./store.ts";
import type { StoredModel } from "./stored-model.ts";
import { nameLike } from "./tag.ts";
import { weightsOf } from "./weights.ts";

/** The options of an import. */
export interface ImportOptions {
  /** Default: the name of an exported model, or else that of the file or folder. */
  readonly name?: string | undefined;
  /** Default: the version of an exported model, or else a new one. */
  readonly version?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly license?: string | undefined;
  readonly source?: string | undefined;
}

/** The names of archives. */
const ARCHIVE = /\.(?:bentomodel|tar(?:\.\w+)?|tgz|gz|zst|xz|txz|bz2|zip)$/i;

/**
 * Imports a model.
 *
 * @throws ServiceError `not_found` if there is no such file; `invalid_argument` for one that is not
 *   a model, or leads out of its folder; `already_exists` for a version that is there
 */
export async function importModel(
  store: Store,
  path: string,
  options: ImportOptions = {},
): Promise<StoredModel> {
  const from = resolve(path);
  const found = await stat(from).catch(() => undefined);
  if (found === undefined) throw new ServiceError("not_found", `There is no file ${from}`);
  if (found.isDirectory()) return await importFolder(store, from, options);
  if (!found.isFile()) throw invalidArgument(`${from} is neither a file nor a folder`);
  if (MODEL.test(from)) return await importFile(store, from, found.size, options);
  if (ARCHIVE.test(from)) return await importArchive(store, from, options);
  throw invalidArgument(
    `Cannot import ${from}: it must be a model (.onnx), a folder, or an archive (.bentomodel, ` +
      ".tar, .tar.gz, .tgz, .tar.zst)",
  );
}

function importFile(
  store: Store,
  from: string,
  size: number,
  { name, ...options }: ImportOptions,
): Promise<StoredModel> {
  const file = basename(from);
  const model = {
    name: name ?? nameLike(file.replace(MODEL, "")),
    source: basename(from),
    ...defined(options),
  };
  return store.add(model, async (folder) => {
    const weights = await weightsOf(file, from, size);
    const root = dirname(from);
    const files: StoredFile[] = [];
    for (const path of [checkRelativePath("model", file), ...weights]) {
      // The model itself may be a link: it is what the user named.
      const at = path === file ? from : await inside(root, path);
      files.push({ path, ...(await copyHashed(at, join(folder, path))) });
    }
    return files;
  });
}

async function importFolder(
  store: Store,
  from: string,
  options: ImportOptions,
): Promise<StoredModel> {
  const info = await infoIn(from, from);
  const paths = (await pathsIn(from)).filter((path) => path !== INFO_FILE);
  return await store.add(modelOf(info, from, options), async (folder) => {
    const files: StoredFile[] = [];
    for (const path of paths) {
      const at = await inside(from, path);
      files.push({ path, ...(await copyHashed(at, join(folder, path))) });
    }
    return checked(files, info, from);
  });
}

async function importArchive(
  store: Store,
  from: string,
  options: ImportOptions,
): Promise<StoredModel> {
  // Its name is known only when it is unpacked.
  return await store.addAs(async (folder) => {
    const unpacked = join(folder, ".unpacked");
    const all = await unpack(from, unpacked);
    const root = rootOf(all.map(({ path }) => path));
    const info = await infoIn(join(unpacked, root), from);
    const files = all
      .map(({ path, ...rest }) => ({ ...rest, path: path.slice(root.length) }))
      .filter(({ path }) => path !== INFO_FILE);
    checked(files, info, from);
    await rm(join(unpacked, root, INFO_FILE), { force: true });
    for (const name of await readdir(join(unpacked, root))) {
      await rename(join(unpacked, root, name), join(folder, name));
    }
    await rm(unpacked, { recursive: true, force: true });
    return { model: modelOf(info, from, options), files };
  });
}

/** Returns the folder that all files of an archive are in, with a "/" at its end. */
function rootOf(paths: readonly string[]): string {
  const [first = ""] = paths;
  const top = first.slice(0, first.indexOf("/") + 1);
  return top !== "" && paths.every((path) => path.startsWith(top)) ? top : "";
}

async function infoIn(folder: string, from: string): Promise<ParsedInfo | undefined> {
  const path = join(folder, INFO_FILE);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const place = `the ${INFO_FILE} of ${from}`;
  if (found.size > MAX_INFO_BYTES) throw invalidArgument(`Cannot read ${place}: it is too large`);
  return parseInfo(await readFile(path, "utf8"), place);
}

function modelOf(
  info: ParsedInfo | undefined,
  from: string,
  { name, ...options }: ImportOptions,
): NewModel {
  if (info === undefined) {
    const own = basename(from)
      .replace(ARCHIVE, "")
      .replace(/\.tar$/i, "");
    return { name: name ?? nameLike(own), source: basename(from), ...defined(options) };
  }
  const { files: _, ...exported } = info;
  // Under another name it is a copy, whose version is new.
  const { version: _v, creationTime: _t, ...copied } = exported;
  return { ...(name === undefined ? exported : { ...copied, name }), ...defined(options) };
}

/** Returns options without those that are undefined, which would hide others. */
function defined<T extends object>(options: T): Partial<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

/** Compares files with those that a `model.yaml` lists. */
function checked(
  files: readonly StoredFile[],
  info: ParsedInfo | undefined,
  from: string,
): readonly StoredFile[] {
  if (files.length === 0) throw invalidArgument(`${from} has no files`);
  if (info?.files === undefined) return files;
  const found = new Map(files.map((each) => [each.path, each]));
  for (const { path, sha256 } of info.files) {
    const there = found.get(path);
    if (there === undefined) throw invalidArgument(`${from} lacks the file ${path}`);
    if (there.sha256 !== sha256) {
      throw invalidArgument(`The file ${path} of ${from} is damaged: its SHA-256 is another`);
    }
    found.delete(path);
  }
  const [unknown] = found.keys();
  if (unknown === undefined) return files;
  throw invalidArgument(`${from} has the file ${unknown}, which its ${INFO_FILE} does not list`);
}

/** Lists the files of a folder; those whose names begin with a dot are left out. */
async function pathsIn(root: string): Promise<string[]> {
  const paths: string[] = [];
  const folders = [root];
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const at = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(at);
      else paths.push(checkRelativePath("file", relative(root, at).split(sep).join("/")));
      if (paths.length > MAX_FILES || folders.length > MAX_FILES) {
        throw invalidArgument(`${root} has more than ${MAX_FILES} files or folders`);
      }
    }
  }
  return paths.sort();
}

/** Returns the path of a file, which must be in the folder even after links are resolved. */
async function inside(root: string, path: string): Promise<string> {
  const at = join(root, path);
  const real = await realpath(at).catch(() => undefined);
  const found = real === undefined ? undefined : await stat(real);
  if (real === undefined || found === undefined || !found.isFile()) {
    throw invalidArgument(`There is no file ${at}, or it is not a file`);
  }
  const top = await realpath(root);
  if (real.startsWith(top.endsWith(sep) ? top : top + sep)) return real;
  throw invalidArgument(`${at} is a link to ${real}, which is not in the folder ${root}`);
}
