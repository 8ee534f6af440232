/**
 * RepositoryOptions: the settings of a repository.
 * @module
 */

import type { WatchTimes } from "../watcher.ts";
import type { ModelBatching } from "./loaded-version.ts";
import type { ModelFiles } from "./model-files.ts";
import type { Catalog } from "./model-settings.ts";
import type { TrialOptions } from "./trials.ts";

/** The settings of a repository. */
export interface RepositoryOptions {
  readonly catalog: Catalog;
  /** Returns how the calls of a model are batched, by the name of its runner. */
  readonly batchingOf: (runner: string) => ModelBatching;
  /** The trials of models before they are loaded. Default: none of their backends, none kept. */
  readonly trials?: TrialOptions;
  /** True if clients may load and unload models. Default false. */
  readonly control?: boolean;
  /** True if a model that cannot be loaded fails the start. Default false: the others serve. */
  readonly required?: boolean;
  /**
   * True if a model that could not be loaded makes the repository not ready, as in Triton. Default
   * false: one broken model would take the others out of service.
   */
  readonly strictReadiness?: boolean;
  /**
   * The most models that are loaded at once. The one that was used least recently makes room for
   * the next, and is loaded again by its next call. Default: no bound.
   */
  readonly maxModels?: number;
  /** Loads, loads anew and unloads models as their files change. Default false. */
  readonly watch?: boolean | WatchTimes;
  /** The most loads at once. Default: the number of cores, 4 at most. */
  readonly loadsAtOnce?: number;
  /**
   * The longest wait for the calls under way of a version that is replaced or unloaded, in
   * milliseconds; those that have not ended then fail. Default 30,000.
   */
  readonly drainMs?: number;
  /** The most calls that wait for models to be loaded. Default 1,000. */
  readonly maxWaitingCalls?: number;
  /** The file system. Default: that of this machine. */
  readonly files?: ModelFiles;
}
