/**
 * Models: the interface of the store, for programs.
 * @module
 */

import type { Model } from "./model.ts";

/** The options of `models.import()`. */
export interface ImportModelOptions {
  /** Default: the name of an exported model, or else that of the file or folder. */
  readonly name?: string;
  /** Default: the version of an exported model, or else a new one. */
  readonly version?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Any values that JSON has. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly license?: string;
}

/** The options of `models.create()`. */
export interface CreateModelOptions extends Omit<ImportModelOptions, "name"> {
  readonly source?: string;
}

/** The options of `models.pull()`. */
export interface PullModelOptions {
  /** Default: `owner--repo` of a hub; or the name of the file. */
  readonly name?: string;
  /** Default: the commit of a hub; or a new one. */
  readonly version?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Patterns of the files of a repository on a hub. Default: its only model. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** The hash that the file of a URL must have. */
  readonly sha256?: string;
}

/** The models in the store of this machine: the folder `EKIBEN_HOME`, by default `~/ekiben`. */
export interface Models {
  /**
   * Finds a model, at once and without asking any server.
   *
   * @param tag `name:version`, or `name` or `name:latest` for the newest version
   * @throws ServiceError `not_found` with what there is
   *
   * @example
   * const session = await openSession(models.get("mnist_cnn:latest").url());
   */
  get(tag: string): Model;
  /** Lists models by name, the newest version of each first. @param filter a tag, or the
   * beginning of a name */
  list(filter?: string): Model[];
  /**
   * Copies a model into the store: an ONNX file and its weights, a folder, or an exported archive.
   *
   * @throws ServiceError `already_exists` if there is such a version; `invalid_argument` for what
   *   is not a model
   */
  import(path: string | URL, options?: ImportModelOptions): Promise<Model>;
  /**
   * Adds a model whose files the caller makes.
   *
   * @param files by their paths in the model: bytes, or a text
   */
  create(
    name: string,
    files: Readonly<Record<string, Uint8Array | string>>,
    options?: CreateModelOptions,
  ): Promise<Model>;
  /**
   * Fetches a model, unless it is there: `hf:owner/repo`, `hf:owner/repo@revision/path/model.onnx`,
   * or an http(s) URL.
   */
  pull(source: string | URL, options?: PullModelOptions): Promise<Model>;
  /**
   * Writes a model into a new archive or folder, by the end of its path: `.bentomodel`, `.tar.gz`,
   * `.tgz`, `.tar`, or else a folder. In an existing folder, a `.bentomodel` is made.
   *
   * @returns the path
   */
  export(tag: string, path?: string): Promise<string>;
  /** Deletes a version. @param tag `name:version`; or `name:latest`, or `name`, for the newest */
  delete(tag: string): Promise<void>;
}

/** Finds the files of models that are named in other ways than by paths and URLs of files. */
export interface ModelLocator {
  /**
   * Returns the path of a model; it is fetched if it is not there.
   *
   * @param source `hf:owner/repo…`, or `models:` and a tag, both with a path behind if need be
   */
  locate(source: string): Promise<string>;
}
