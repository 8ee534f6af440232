/**
 * The public types of the store, without a runtime's file system.
 * @module
 */

import type { ModelInfo } from "./model-info.ts";

/** A model in the store. */
export interface Model {
  /** `name:version`. */
  readonly tag: string;
  readonly name: string;
  readonly version: string;
  /** The path of its folder. */
  readonly path: string;
  /** The size of all its files, in bytes. */
  readonly size: number;
  /** Labels, signatures, source, licence, files and their hashes. */
  readonly info: ModelInfo;
  /**
   * Returns the path of one of its files.
   *
   * @param file its path in the model. Default: its only file `*.onnx`, or `model.onnx`
   * @throws ServiceError `not_found` if there is no such file; `failed_precondition` if it has
   *   several models, with their names
   */
  file(file?: string): string;
  /** Returns the `file:` URL of one of its files, by the same rules. */
  url(file?: string): URL;
}
