/**
 * FolderCatalog: the models of a folder.
 *
 * The folder is a repository, whose folders and files are models, or the folder of one model:
 * `1/model.onnx`, or its only file. Links are followed, as the mounts of Kubernetes need it.
 * @module
 */

import { messageOf } from "../../error.ts";
import { repositoryLog as log } from "../../log.ts";
import type { BrokenModel, Catalog, FoundModel, ModelSettings } from "../model-settings.ts";
import { basename, type Entry, eachOf, resolve } from "./entries.ts";
import {
  hasVersions,
  isModelFolder,
  type ReadOptions,
  readModelFolder,
  type Survey,
  survey,
} from "./model-folder.ts";
import { readSettings } from "./settings-files.ts";

/** The options of a catalog. */
export interface FolderCatalogOptions {
  /** The name of the only model, instead of that of its folder or file. */
  readonly name?: string | undefined;
  /** Settings of models that have none of their own. */
  readonly defaults?: ModelSettings;
  /** Settings that override those of all models. */
  readonly settings?: ModelSettings;
  /** Reports something that is strange, but not wrong. Default: to the log. */
  readonly warn?: (message: string) => void;
}

/** A place that may have a model. */
interface Candidate {
  readonly name: string;
  /** Returns undefined for a folder that has no model. */
  readonly read: (as: string, config?: string) => Promise<FoundModel | BrokenModel | undefined>;
}

/** The most warnings that are remembered, so that each is given once. */
const MAX_WARNINGS = 10_000;

/** The models of a folder. */
export class FolderCatalog implements Catalog {
  readonly place: string;
  readonly #options: FolderCatalogOptions;
  readonly #warned = new Set<string>();

  constructor(folder: string, options: FolderCatalogOptions = {}) {
    this.place = resolve(folder);
    this.#options = options;
  }

  async list(): Promise<readonly (FoundModel | BrokenModel)[]> {
    const candidates = await this.#candidates();
    const all = await eachOf(candidates, async ({ name, read }) => ({
      name,
      model: await read(name),
    }));
    const models = all.flatMap(({ model }) => (model === undefined ? [] : [model]));
    const [only, ...others] = models;
    const { name } = this.#options;
    if (only === undefined || others.length > 0 || name === undefined) return models;
    const renamed = await candidates.find((each) => each.name === only.name)?.read(name);
    return renamed === undefined ? [] : [renamed];
  }

  async find(name: string, config?: string): Promise<FoundModel | undefined> {
    const candidates = await this.#candidates();
    // Found by comparison: a name from the wire never becomes a path.
    let place = candidates.find((each) => each.name === name);
    if (place === undefined && name === this.#options.name) place = await onlyModel(candidates);
    const found = await place?.read(name, config);
    if (found !== undefined && "reason" in found) throw new Error(found.reason);
    return found;
  }

  async settingsOfNew(config?: string): Promise<ModelSettings> {
    const own = await readSettings({ folder: this.place, entries: [] }, { config });
    return { ...this.#options.defaults, ...own.settings, ...this.#options.settings };
  }

  async #candidates(): Promise<readonly Candidate[]> {
    const root = await survey(this.place);
    const single = await this.#single(root);
    if (single !== undefined) return [single];
    const folders = root.entries.filter(({ kind }) => kind === "folder");
    for (const { kind, path } of root.entries) {
      if (kind === "other") this.#warn(`${path} is neither a file nor a folder, or leads nowhere`);
    }
    const all = [
      ...folders.map((each) => this.#folder(each)),
      ...root.models.map((each) => this.#file(each)),
    ];
    const byName = new Map<string, Candidate>();
    for (const each of all) {
      if (byName.has(each.name)) {
        this.#warn(`There are several models "${each.name}" in ${this.place}: one is served`);
      } else byName.set(each.name, each);
    }
    return [...byName.values()];
  }

  /** Returns the model of the folder itself. */
  async #single(root: Survey): Promise<Candidate | undefined> {
    const { versions, models, entries } = root;
    const [file, ...others] = models;
    if (versions.length > 0 && (await hasVersions(root))) {
      const own = this.#options.name ?? (await nameInSettings(root));
      const name = (own ?? basename(this.place)) || "model";
      return { name, read: (as, config) => this.#read(as, root, { config, isRoot: true }) };
    }
    if (file === undefined || others.length > 0) return undefined;
    for (const { kind, path } of entries) {
      if (kind === "folder" && (await isModel(path))) return undefined;
    }
    const name = this.#options.name ?? nameOf(file);
    return { name, read: (as, config) => this.#read(as, root, { config, isRoot: true }) };
  }

  #folder({ name, path }: Entry): Candidate {
    return {
      name,
      read: async (as, config) => {
        let found: Survey;
        try {
          found = await survey(path);
        } catch (error) {
          return { name: as, reason: `Its folder cannot be read: ${messageOf(error)}` };
        }
        if (isModelFolder(found))
          return await this.#read(as, found, { config, isRenamed: as !== name });
        this.#warn(`The folder ${path} has no model: ${await whatIsIn(found)}`);
        return undefined;
      },
    };
  }

  #file(entry: Entry): Candidate {
    const name = nameOf(entry);
    return {
      name,
      read: async (as, config) => {
        const only: Survey = {
          ...{ folder: this.place, entries: [entry], models: [entry] },
          ...{ versions: [], oddVersions: [], hasConfig: false },
        };
        return await this.#read(as, only, { config });
      },
    };
  }

  async #read(
    name: string,
    found: Survey,
    options: Omit<ReadOptions, "warn">,
  ): Promise<FoundModel | BrokenModel> {
    const warn = (message: string): void => this.#warn(message);
    const model = await readModelFolder(name, found, { ...options, warn });
    if ("reason" in model) return model;
    const { defaults, settings } = this.#options;
    return { ...model, settings: { ...defaults, ...model.settings, ...settings } };
  }

  #warn(message: string): void {
    if (this.#warned.has(message) || this.#warned.size >= MAX_WARNINGS) return;
    this.#warned.add(message);
    const { warn = (text) => log.warn("{text}", { text }) } = this.#options;
    warn(message);
  }
}

/** Returns the name that the settings of a folder say. */
async function nameInSettings(found: Survey): Promise<string | undefined> {
  // What is wrong is reported when the model is read.
  const settings = await readSettings(found, { isRoot: true }).catch(() => undefined);
  return settings?.name;
}

async function isModel(folder: string): Promise<boolean> {
  const found = await survey(folder).catch(() => undefined);
  return found !== undefined && isModelFolder(found);
}

/** Returns the place of the only model. */
async function onlyModel(candidates: readonly Candidate[]): Promise<Candidate | undefined> {
  const all = await eachOf(candidates, async (each) => ({
    each,
    model: await each.read(each.name),
  }));
  const [only, ...others] = all.filter(({ model }) => model !== undefined);
  return others.length === 0 ? only?.each : undefined;
}

/** Returns what is in a folder without a model, in a few words. */
async function whatIsIn({ entries }: Survey): Promise<string> {
  if (entries.length === 0) return "it is empty";
  for (const { kind, path, name } of entries) {
    if (kind === "folder" && (await isModel(path))) {
      return `its folder ${name} looks like one, but models are not looked for so deep`;
    }
  }
  return "it has neither model.onnx nor the folder of a version, such as 1";
}

function nameOf({ name }: Entry): string {
  return name.replace(/\.onnx$/i, "") || "model";
}
