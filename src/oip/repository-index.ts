/**
 * The index of a repository: its models, also in the JSON of Triton's repository extension.
 * @module
 */

import type { ModelIndexEntry, Models } from "../service/models.ts";

/** One version of a model, or a model of which no version is known. */
export type IndexEntry = Omit<ModelIndexEntry, "version"> & { readonly version?: string };

/** Returns the index of a repository. @param onlyReady leaves out what takes no calls */
export function indexOf(
  models: Pick<Models, "index">,
  onlyReady: boolean,
): readonly ModelIndexEntry[] {
  return models.index().filter(({ state }) => !onlyReady || state === "READY");
}

/** Returns the index in JSON. @param onlyReady as of `indexOf()` */
export function repositoryIndex(
  models: Pick<Models, "index">,
  onlyReady: boolean,
): readonly IndexEntry[] {
  return indexOf(models, onlyReady).map(({ name, version, state, reason }) =>
    version === "" ? { name, state, reason } : { name, version, state, reason },
  );
}
