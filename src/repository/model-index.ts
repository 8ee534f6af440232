/**
 * indexOf(): the entries of a model in the index of a repository.
 * @module
 */

import type { ModelIndexEntry } from "../service/models.ts";
import type { ModelLife } from "./model-life.ts";
import { newestFirst } from "./versions.ts";

/**
 * Lists the versions of a model. One that serves is `READY`, with the reason why it could not be
 * loaded anew if so. One that its next call loads is `UNAVAILABLE`, since it is not loaded.
 */
export function indexOf(life: ModelLife): readonly ModelIndexEntry[] {
  const { name, versions, known } = life;
  const live = versions.served?.live ?? [];
  const found = new Set([
    ...live.map(({ version }) => version.version),
    ...versions.starting,
    ...versions.ending,
    ...[...versions.failures.keys()].filter((version) => version !== ""),
    ...known,
  ]);
  if (found.size === 0) found.add("");
  return [...found].sort(newestFirst).map((version) => ({ name, ...entryOf(life, version) }));
}

function entryOf(life: ModelLife, version: string): Omit<ModelIndexEntry, "name"> {
  const { versions } = life;
  const reason = versions.failures.get(version) ?? versions.failures.get("") ?? "";
  const live = versions.served?.of(version)?.version;
  if (live?.ready) return { version, state: "READY", reason };
  if (live !== undefined) {
    return { version, state: "UNAVAILABLE", reason: live.whyNotReady ?? reason };
  }
  if (versions.starting.includes(version)) return { version, state: "LOADING", reason: "" };
  if (versions.ending.includes(version)) return { version, state: "UNLOADING", reason: "" };
  if (life.isLoading && version === "") return { version, state: "LOADING", reason: "" };
  return { version, state: "UNAVAILABLE", reason: reason || whyNot(life, version) };
}

function whyNot(life: ModelLife, version: string): string {
  const { served, remembered } = life.versions;
  if (served !== undefined) return "the settings of the model do not serve it";
  if (life.isLoading) return "it waits to be loaded";
  if (!life.isOnDemand) return "it is not loaded";
  const isServed = remembered?.versions.includes(version) ?? true;
  return isServed ? "it is loaded by its next call" : "the settings of the model do not serve it";
}
