/**
 * The folder of a model: `<version>/model.onnx` or a file without a version, and its settings.
 * @module
 */

import { messageOf } from "../../error.ts";
import type { BrokenModel, FoundModel, FoundVersion } from "../model-settings.ts";
import { newestFirst, versionsServed } from "../versions.ts";
import { type Entry, eachOf, entriesOf, join, pathToFileURL } from "./entries.ts";
import { TRITON_FILE, YAML_FILES } from "./file-settings.ts";
import { type FolderSettings, readSettings } from "./settings-files.ts";

/** The names of models. */
const MODEL = /\.onnx$/i;

/** Versions as Triton has them: numbers from 1 up without zeros in front. */
const VERSION = /^[1-9]\d{0,17}$/;

/** The name of the file of a model where there are several. */
const USUAL_FILE = "model.onnx";

/** The parts of a folder that may have a model. */
export interface Survey {
  readonly folder: string;
  readonly entries: readonly Entry[];
  /** The folders of versions. */
  readonly versions: readonly Entry[];
  /** The folders of digits that are no versions: `0` and `007`. */
  readonly oddVersions: readonly Entry[];
  /** The files of models, and folders that are named like them. */
  readonly models: readonly Entry[];
  readonly hasConfig: boolean;
}

/** Looks into a folder. @throws Error if it cannot be read */
export async function survey(folder: string): Promise<Survey> {
  const entries = await entriesOf(folder);
  const folders = entries.filter(({ kind }) => kind === "folder");
  const digits = folders.filter(({ name }) => /^\d+$/.test(name));
  return {
    folder,
    entries,
    versions: digits.filter(({ name }) => VERSION.test(name)),
    oddVersions: digits.filter(({ name }) => !VERSION.test(name)),
    models: entries.filter(({ name, kind }) => MODEL.test(name) && kind === "file"),
    hasConfig: entries.some(({ name }) => YAML_FILES.includes(name) || name === TRITON_FILE),
  };
}

/** Returns true for a folder that is meant to have a model, though it may be wrong. */
export function isModelFolder({ versions, oddVersions, models, hasConfig }: Survey): boolean {
  return hasConfig || models.length > 0 || versions.length > 0 || oddVersions.length > 0;
}

/** Returns true for a folder with a file of a model in the folder of a version. */
export async function hasVersions({ versions }: Survey): Promise<boolean> {
  for (const { path } of versions) {
    const entries = await entriesOf(path).catch(() => []);
    if (entries.some(({ name }) => MODEL.test(name))) return true;
  }
  return false;
}

/** How to read the folder of a model. */
export interface ReadOptions {
  /** Settings that replace those of its files: Triton's ModelConfig as JSON. */
  readonly config?: string | undefined;
  /** True if the model is served under another name than that of its files. */
  readonly isRenamed?: boolean;
  /** True where the configuration of the server may be, too, which has the same name. */
  readonly isRoot?: boolean;
  /** Reports something that is strange, but not wrong. */
  readonly warn: (message: string) => void;
}

/** Reads the folder of a model. */
export async function readModelFolder(
  name: string,
  found: Survey,
  options: ReadOptions,
): Promise<FoundModel | BrokenModel> {
  try {
    return await readModel(name, found, options);
  } catch (error) {
    return { name, reason: messageOf(error) };
  }
}

async function readModel(
  name: string,
  found: Survey,
  { config, isRenamed = false, isRoot = false, warn }: ReadOptions,
): Promise<FoundModel> {
  const { settings, file, name: named, ignored } = await readSettings(found, { config, isRoot });
  if (named !== undefined && named !== name && !isRenamed && !isRoot) {
    throw new Error(
      `${TRITON_FILE}: "name" must be the name of its folder, "${name}", but was "${named}"`,
    );
  }
  if (ignored.length > 0) {
    warn(`Model ${name}: these settings have no effect here: ${ignored.join(", ")}`);
  }
  const versions = await versionsOf(name, found, file, warn);
  versionsServed(
    settings,
    versions.map(({ version }) => version),
  );
  return { name, settings, versions };
}

/** @throws Error if there is none */
async function versionsOf(
  name: string,
  { folder, versions, oddVersions, models, entries }: Survey,
  file: FolderSettings["file"],
  warn: (message: string) => void,
): Promise<FoundModel["versions"]> {
  for (const { name: odd } of oddVersions) {
    warn(`Model ${name}: the folder ${odd} is no version: one is a number without zeros in front`);
  }
  if (versions.length === 0) return [{ version: "1", ...fileOf(folder, entries, file) }];
  if (models.length > 0) {
    const names = models.map((each) => each.name).join(", ");
    warn(`Model ${name}: ${names} is not served, since it is beside the folders of versions`);
  }
  const problems: string[] = [];
  const all = await eachOf(versions, async ({ name: version, path }) => {
    try {
      return { version, ...(await fileIn(path, file)) };
    } catch (error) {
      problems.push(`version ${version}: ${messageOf(error)}`);
      return undefined;
    }
  });
  const usable = all.filter((each) => each !== undefined);
  if (usable.length === 0) throw new Error(problems.sort().join("; "));
  for (const problem of problems) warn(`Model ${name}: ${problem}`);
  return usable.sort((one, other) => newestFirst(one.version, other.version));
}

type File = Pick<FoundVersion, "url" | "stamp">;

/**
 * Returns the file of a version. In Triton, a model with external data may be a folder that is
 * named like a file.
 */
async function fileIn(folder: string, file: string | undefined): Promise<File> {
  const entries = await entriesOf(folder);
  const inner = entries.find(({ name }) => name === (file ?? USUAL_FILE));
  if (inner?.kind !== "folder") return fileOf(folder, entries, file);
  return fileOf(inner.path, await entriesOf(inner.path), undefined);
}

/**
 * Returns the file of a model among the entries of a folder.
 *
 * @param file its name, if the settings say so
 */
function fileOf(folder: string, entries: readonly Entry[], file: string | undefined): File {
  const files = entries.filter(({ kind }) => kind === "file");
  const models = files.filter(({ name }) => MODEL.test(name));
  const found =
    file === undefined
      ? (models.find(({ name }) => name === USUAL_FILE) ??
        (models.length === 1 ? models[0] : undefined))
      : files.find(({ name }) => name === file);
  if (found !== undefined) {
    const stamp = files.map(({ name, stamp: own }) => `${name} ${own}`).join("\n");
    return { url: pathToFileURL(join(folder, found.name)), stamp };
  }
  if (file !== undefined) throw new Error(`there is no file ${file}`);
  if (models.length === 0) throw new Error(`there is no ${USUAL_FILE}`);
  const names = models.map(({ name }) => name).join(", ");
  throw new Error(`there are several models (${names}): one must be named ${USUAL_FILE}`);
}
