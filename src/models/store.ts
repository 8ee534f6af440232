/**
 * Store: the models in a folder of this machine.
 *
 * A model is made in a temporary folder, and gets its name by renaming that: readers see it whole
 * or not at all, of two processes that make the same version one succeeds, and what a crash has
 * left is removed later. `StoreReader` writes nothing, so that
 * a store may be read-only.
 * @module
 */

import { mkdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ServiceError } from "../error.ts";
import { signaturesIn } from "./describe.ts";
import { diskError } from "./file-hash.ts";
import { withLock } from "./lock.ts";
import { digestOf, infoText, inOrder, type ModelInfo, type StoredFile } from "./model-info.ts";
import { newOwner } from "./owner.ts";
import { INFO_FILE, MAX_FILES } from "./relative-path.ts";
import { flush, withStaging, writeWhole } from "./staging.ts";
import { StoreReader } from "./store-reader.ts";
import { StoredModel } from "./stored-model.ts";
import { checkPart, checkVersion, LATEST, newVersion } from "./tag.ts";

/** What is known of a new model beside its files. */
export interface NewModel {
  readonly name: string;
  /** Default: a new one. */
  readonly version?: string | undefined;
  readonly module?: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly signatures?: ModelInfo["signatures"];
  readonly creationTime?: string;
  readonly source?: string | undefined;
  readonly license?: string | undefined;
}

/** How long a change waits for another of the same model, in milliseconds. */
const LOCK_WAIT_MS = 60_000;

/** The models in a folder of this machine. */
export class Store extends StoreReader {
  /**
   * Adds a model.
   *
   * @param write writes its files into a folder, and lists them
   * @throws ServiceError `already_exists` if there is such a version
   */
  add(
    model: NewModel,
    write: (folder: string) => Promise<readonly StoredFile[]>,
  ): Promise<StoredModel> {
    const named = this.#named(model);
    return this.addAs(async (folder) => ({ model: named, files: await write(folder) }));
  }

  /** Adds a model whose name is known only when its files have been written. */
  async addAs(
    write: (folder: string) => Promise<{
      readonly model: NewModel;
      readonly files: readonly StoredFile[];
    }>,
  ): Promise<StoredModel> {
    try {
      return await withStaging(this.folders.staging, async (folder) => {
        const { model, files } = await write(folder);
        const named = this.#named(model);
        const info = await this.#infoOf(named, folder, inOrder(files));
        await writeWhole(join(folder, INFO_FILE), infoText(info));
        for (const { path } of files) await flush(dirname(join(folder, path)));
        await this.#place(folder, named.name, named.version);
        await this.#noteLatest(named.name);
        return new StoredModel(this.folderOf(named.name, named.version), info);
      });
    } catch (error) {
      throw diskError(error, this.folders.home);
    }
  }

  /** Checks the name and the version of a new model. */
  #named(model: NewModel): NewModel & { readonly version: string } {
    const name = checkPart("name of a model", model.name.toLowerCase());
    const version = model.version === undefined ? newVersion() : checkVersion(model.version);
    if (this.versionsOf(name).includes(version)) throw alreadyThere(name, version);
    return { ...model, name, version };
  }

  async #infoOf(
    model: NewModel & { readonly version: string },
    folder: string,
    files: readonly StoredFile[],
  ): Promise<ModelInfo> {
    if (files.length > MAX_FILES) {
      const text = `A model may have ${MAX_FILES} files, but this one has ${files.length}`;
      throw new ServiceError("invalid_argument", text);
    }
    return {
      name: model.name,
      version: model.version,
      module: model.module ?? "ekiben/onnx",
      labels: model.labels ?? {},
      metadata: model.metadata ?? {},
      signatures: { ...model.signatures, ...(await signaturesIn(folder, files)) },
      creationTime: model.creationTime ?? this.#nextTime(model.name),
      ...(model.source === undefined ? {} : { source: model.source }),
      ...(model.license === undefined ? {} : { license: model.license }),
      digest: digestOf(files),
      files,
    };
  }

  /** Returns the time now, but later than that of all versions: the newest is the latest. */
  #nextTime(name: string): string {
    const [newest] = this.newestFirst(name, this.versionsOf(name));
    const last = newest === undefined ? 0 : Date.parse(newest.info.creationTime);
    return new Date(Math.max(Date.now(), last + 1)).toISOString();
  }

  /** Gives a finished folder its name. */
  async #place(folder: string, name: string, version: string): Promise<void> {
    const to = this.folderOf(name, version);
    // Another process may remove the folder of a name that it has emptied.
    for (let tries = 1; ; tries++) {
      await mkdir(dirname(to), { recursive: true });
      try {
        await rename(folder, to);
        break;
      } catch (error) {
        const { code } = error as { readonly code?: string };
        if (code === "ENOTEMPTY" || code === "EEXIST") throw alreadyThere(name, version);
        if (code !== "ENOENT" || tries >= 10) throw error;
      }
    }
    await flush(dirname(to));
  }

  /**
   * Adds files to a version, under the lock of its name.
   *
   * @param place moves them into its folder
   */
  async extend(
    { info, path: folder }: StoredModel,
    files: readonly StoredFile[],
    place: (folder: string) => Promise<void>,
  ): Promise<StoredModel> {
    await place(folder);
    const paths = new Set(files.map(({ path }) => path));
    const all = inOrder([...info.files.filter(({ path }) => !paths.has(path)), ...files]);
    const more: ModelInfo = {
      ...info,
      files: all,
      digest: digestOf(all),
      signatures: await signaturesIn(folder, all),
    };
    for (const { path } of files) await flush(dirname(join(folder, path)));
    await writeWhole(join(folder, INFO_FILE), infoText(more));
    return new StoredModel(folder, more);
  }

  /** Runs work that changes a model, alone among all processes. */
  locked<T>(name: string, work: () => Promise<T>, waitMs: number = LOCK_WAIT_MS): Promise<T> {
    const path = join(this.folders.locks, `${name}.lock`);
    return withLock(path, { waitMs, what: `model ${name}` }, work);
  }

  /**
   * Deletes a version.
   *
   * @throws ServiceError `not_found` if there is none any more
   */
  async delete({ name, version, tag }: StoredModel): Promise<void> {
    await this.locked(name, async () => {
      await mkdir(this.folders.staging, { recursive: true });
      const away = join(this.folders.staging, newOwner());
      try {
        // By one step: no reader sees a part of it.
        await rename(this.folderOf(name, version), away);
      } catch (error) {
        const isGone = (error as { readonly code?: unknown }).code === "ENOENT";
        if (isGone) throw new ServiceError("not_found", `There is no model ${tag}`);
        throw diskError(error, this.folderOf(name, version));
      }
      await rm(away, { recursive: true, force: true });
      await this.#noteLatest(name);
    });
  }

  /** Writes the newest version into the file `latest`, as BentoML does; nothing here reads it. */
  async #noteLatest(name: string): Promise<void> {
    const [newest] = this.newestFirst(name, this.versionsOf(name));
    const folder = join(this.folders.models, name);
    if (newest !== undefined) return await writeWhole(join(folder, LATEST), newest.version);
    await rm(join(folder, LATEST), { force: true });
    await rmdir(folder).catch(() => {});
  }
}

function alreadyThere(name: string, version: string): ServiceError {
  return new ServiceError("already_exists", `There is a model ${name}:${version} already`);
}
