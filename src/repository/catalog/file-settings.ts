/**
 * FileSettings: the settings that one file says, before the files that it names are read.
 * @module
 */

import type { ModelSettings } from "../model-settings.ts";

/** The names of the files: ours take precedence over Triton's. */
export const YAML_FILES: readonly string[] = ["config.yaml", "config.yml"];
export const TRITON_FILE = "config.pbtxt";

/** The settings of a file. */
export interface FileSettings {
  readonly settings: ModelSettings;
  /** The names of files with class labels, by output; see `ModelSettings.classLabels`. */
  readonly labelFiles: Readonly<Record<string, string>>;
  /** Its keys that have no effect here. */
  readonly ignored: readonly string[];
  /** The name of the model's file in the folder of a version. */
  readonly file?: string;
  /** The name of the model. */
  readonly name?: string;
}

/** The memory of a cache whose size is not set: 64 MiB. */
export const DEFAULT_CACHE_BYTES: number = 64 * 1024 * 1024;

/** The most workers of a model. */
export const MAX_WORKERS = 256;
