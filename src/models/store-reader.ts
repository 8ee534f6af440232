/**
 * StoreReader: finds and lists the models in a folder of this machine. It writes nothing.
 * @module
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { messageOf, ServiceError } from "../error.ts";
import { type StoreFolders, storeFolders } from "./home.ts";
import { digestOf, MAX_INFO_BYTES, parseInfo } from "./model-info.ts";
import { INFO_FILE } from "./relative-path.ts";
import { StoredModel } from "./stored-model.ts";
import { isTag, LATEST, parseTag } from "./tag.ts";

/** Finds and lists models. */
export class StoreReader {
  readonly folders: StoreFolders;

  /** @param home the folder of the store; default `EKIBEN_HOME`, or else `~/ekiben` */
  constructor(home?: string) {
    this.folders = storeFolders(home);
  }

  /**
   * Finds a model by its tag.
   *
   * @param tag `name:version`, or `name` or `name:latest` for the newest. The beginning of a
   *   version is enough if no other begins so
   * @throws ServiceError `not_found` with what there is
   */
  get(tag: string): StoredModel {
    const { name, version } = parseTag(tag);
    const versions = this.versionsOf(name);
    if (version === undefined) {
      const [newest] = this.newestFirst(name, versions);
      if (newest !== undefined) return newest;
      throw new ServiceError("not_found", `There is no model ${name}: ${this.#known()}`);
    }
    if (versions.includes(version)) return this.#read(name, version);
    const [only, ...others] = versions.filter((each) => each.startsWith(version));
    if (only !== undefined && others.length === 0) return this.#read(name, only);
    const there = versions.length === 0 ? this.#known() : `it has ${versions.join(", ")}`;
    const what = others.length === 0 ? "is no" : "is more than one";
    throw new ServiceError("not_found", `There ${what} model ${name}:${version}: ${there}`);
  }

  /** Returns a version by its exact tag; `undefined` if there is none. */
  find(name: string, version: string): StoredModel | undefined {
    return this.versionsOf(name).includes(version) ? this.#read(name, version) : undefined;
  }

  /**
   * Lists the models by name, the newest version of each first.
   *
   * @param filter a name, or a tag, of which the name may be the beginning only
   * @param onBroken called for a version whose `model.yaml` cannot be read
   */
  list(filter?: string, onBroken: (error: unknown) => void = () => {}): StoredModel[] {
    const [start = "", version] = (filter ?? "").toLowerCase().split(":");
    return this.#names()
      .filter((name) => (version === undefined ? name.startsWith(start) : name === start))
      .flatMap((name) => {
        const models = this.newestFirst(name, this.versionsOf(name), onBroken);
        if (version === undefined) return models;
        if (version === LATEST) return models.slice(0, 1);
        return models.filter((each) => each.version.startsWith(version));
      });
  }

  protected folderOf(name: string, version: string): string {
    return join(this.folders.models, name, version);
  }

  #names(): string[] {
    return foldersIn(this.folders.models).sort();
  }

  /** Returns the versions of a name: the folders with a `model.yaml`. */
  protected versionsOf(name: string): string[] {
    const folder = join(this.folders.models, name);
    return foldersIn(folder).filter((version) => isFile(join(folder, version, INFO_FILE)));
  }

  protected newestFirst(
    name: string,
    versions: readonly string[],
    onBroken: (error: unknown) => void = () => {},
  ): StoredModel[] {
    const models = versions.flatMap((version) => {
      try {
        return [this.#read(name, version)];
      } catch (error) {
        onBroken(error);
        return [];
      }
    });
    const time = ({ info }: StoredModel): number => Date.parse(info.creationTime);
    return models.sort((one, other) =>
      time(one) === time(other)
        ? other.version.localeCompare(one.version, "en")
        : time(other) - time(one),
    );
  }

  #read(name: string, version: string): StoredModel {
    const folder = this.folderOf(name, version);
    const path = join(folder, INFO_FILE);
    const { files, ...info } = parseInfo(textOfFile(path), path);
    // The folders are what a tag names.
    const shown = files ?? [];
    return new StoredModel(folder, {
      ...info,
      name,
      version,
      files: shown,
      digest: digestOf(shown),
    });
  }

  #known(): string {
    const names = this.#names();
    const { models } = this.folders;
    if (names.length === 0) return `the store ${models} is empty`;
    const list = names.slice(0, 20).join(", ");
    return `the store ${models} has ${names.length > 20 ? `${list}, …` : list}`;
  }
}

function foldersIn(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries
      .filter((each) => each.isDirectory() && !each.name.includes(":") && isTag(each.name))
      .map(({ name }) => name);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String((error as { code?: unknown }).code))) return [];
    throw new ServiceError("internal", `Cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function textOfFile(path: string): string {
  const { size } = statSync(path);
  if (size > MAX_INFO_BYTES) {
    throw new ServiceError("internal", `${path} is larger than ${MAX_INFO_BYTES} bytes`);
  }
  return readFileSync(path, "utf8");
}
