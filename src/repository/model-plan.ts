/**
 * planOf(): the versions of a model that are to be served, as its files are now.
 * @module
 */

import { unknownModel } from "../service/models.ts";
import type { ModelFiles, TemporaryFolder } from "./model-files.ts";
import type {
  BrokenModel,
  Catalog,
  FoundModel,
  FoundVersion,
  ModelSettings,
} from "./model-settings.ts";
import { newestFirst, versionsServed } from "./versions.ts";

/** What replaces the files of a model, until it is loaded without it. */
export interface Overrides {
  /** Settings that replace those of its files, as the text of a JSON object. */
  readonly config?: string | undefined;
  /** Files that replace its own. */
  readonly folder?: TemporaryFolder | undefined;
}

/** The number of versions whose files could not be looked at: each load takes them as new. */
let unknown = 0;

/** A version to serve. */
export interface PlannedVersion {
  readonly found: FoundVersion;
  /** Two of one fingerprint are the same: of the same files, with the same settings. */
  readonly fingerprint: string;
}

/** The versions to serve. */
export interface ModelPlan {
  readonly model: FoundModel;
  /** The newest first. */
  readonly served: readonly PlannedVersion[];
}

/**
 * Asks the catalog for a model.
 *
 * @throws ServiceError `not_found` if it has no such model; Error for settings that are not valid,
 *   or a file that is missing
 */
export async function planOf(
  name: string,
  catalog: Catalog,
  files: Pick<ModelFiles, "stampOf">,
  { config, folder }: Overrides = {},
): Promise<ModelPlan> {
  const found = await catalog.find(name, config);
  const settings = found?.settings ?? (folder && (await catalog.settingsOfNew?.(config)));
  if (settings === undefined) throw unknownModel(name);
  const versions = folder === undefined ? (found?.versions ?? []) : versionsIn(folder);
  const model: FoundModel = { name, settings, versions };
  const known = new Map(model.versions.map((each) => [each.version, each]));
  const served = versionsServed(model.settings, [...known.keys()]).flatMap(
    (version) => known.get(version) ?? [],
  );
  const ownSettings = fingerprintOf(settings);
  const stamps = await Promise.all(
    served.map(async (each) => each.stamp ?? (await files.stampOf(each))),
  );
  return {
    model,
    served: served.map((each, at) => ({
      found: each,
      fingerprint: `${each.url.href} ${stamps[at] || `unknown ${unknown++}`} ${ownSettings}`,
    })),
  };
}

/** Returns a text that differs after any change of a model, of its settings and its versions. */
export async function stampedText(
  model: FoundModel | BrokenModel,
  files: Pick<ModelFiles, "stampOf">,
): Promise<string> {
  if ("reason" in model) return model.reason;
  const versions = model.versions.map(async (each) => [
    each.version,
    each.url.href,
    each.stamp ?? (await files.stampOf(each)),
  ]);
  return JSON.stringify([model.settings, await Promise.all(versions)]);
}

/** Returns the settings that a version is loaded with, which the choice of versions is not. */
function fingerprintOf(settings: ModelSettings): string {
  const { versions: _, labels: __, canary: ___, ...own } = settings;
  return JSON.stringify(own);
}

/** The file of a version among files that replace those of a model. */
const VERSION_FILE = /^([^/]+)\/[^/]+\.onnx$/i;

/** @throws Error if there is none */
function versionsIn({ paths, urlOf }: TemporaryFolder): readonly FoundVersion[] {
  const versions = new Map<string, FoundVersion>();
  for (const path of paths) {
    const [, version] = VERSION_FILE.exec(path) ?? [];
    if (version !== undefined) versions.set(version, { version, url: urlOf(path) });
  }
  if (versions.size === 0) {
    const given = paths.slice(0, 5).join(", ");
    throw new Error(`none of its files is <version>/<name>.onnx: they are ${given}`);
  }
  return [...versions.values()].sort((one, other) => newestFirst(one.version, other.version));
}
