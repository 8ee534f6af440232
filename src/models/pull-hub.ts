/**
 * Pulls models from a hub.
 *
 * A commit of a repository is one version in the store: `owner--repo:<commit>`, with the files of
 * it that were asked for. More files of the commit are added to the same version.
 * @module
 */

import { messageOf, ServiceError } from "../error.ts";
import { silent } from "./fetch/progress.ts";
import { DEFAULT_SETTINGS, type FetchSettings } from "./fetch/request.ts";
import { choosePaths } from "./hub/choose.ts";
import { HubClient } from "./hub/hub-client.ts";
import { type HubSettings, hubSettings } from "./hub/hub-settings.ts";
import { type HubSource, hubName, isCommit } from "./hub/hub-source.ts";
import { type HubCommit, HubState } from "./hub/hub-state.ts";
import { addFetched, fetchAll, PULL_WAIT_MS, type PullOptions, partOf, placeAll } from "./pull.ts";
import type { Store } from "./store.ts";
import type { StoredModel } from "./stored-model.ts";

/** The options of a pull from a hub. */
export interface HubPullOptions extends PullOptions {
  /** False to take a branch as it was when the hub was last asked. Default true. */
  readonly asksAgain?: boolean;
  readonly hub?: HubSettings;
  readonly settings?: FetchSettings;
}

/** A pulled model, and the files of it that were asked for. */
export interface HubPull {
  readonly model: StoredModel;
  /** The files that were asked for, without those of weights. */
  readonly paths: readonly string[];
}

/** The tries to list files, if the store knows what was there. */
const TRIES_IF_KNOWN = 2;

/**
 * Pulls files of a repository. What is there is not fetched again, and of a commit nothing is asked
 * then; of a branch, the commit that was there last is taken if the hub cannot be reached.
 *
 * @throws ServiceError as `choosePaths()`, `HubClient` and `download()`
 */
export async function pullHub(
  store: Store,
  source: HubSource,
  options: HubPullOptions = {},
): Promise<HubPull> {
  const { hub = hubSettings(), settings = DEFAULT_SETTINGS, progress = silent } = options;
  const client = new HubClient(hub, settings);
  const state = new HubState(store.folders.hub, source.repo);
  const here = withoutAsking(store, state, source, hub, options);
  if (here !== undefined) return here;
  const listing = await listingOf(client, state, source, hub, options);
  const { commit, files, license } = listing;
  const where = `hf:${source.repo}@${shortened(source.revision)}`;
  const all = files.map(({ path }) => path);
  const paths = choosePaths(all, source.path, options, where);
  const name = options.name?.toLowerCase() ?? hubName(source.repo);
  const version = options.version?.toLowerCase() ?? commit;
  const origin = `hf:${source.repo}@${commit}`;
  const there = store.find(name, version);
  if (there !== undefined && hasAll(there, paths, origin)) return { model: there, paths };
  return await store.locked(
    name,
    async () => {
      const found = store.find(name, version);
      if (found !== undefined && hasAll(found, paths, origin)) return { model: found, paths };
      if (found !== undefined && found.info.source !== origin) {
        const text = `There is a model ${found.tag} already, and it is not from ${origin}`;
        throw new ServiceError("already_exists", text);
      }
      if (hub.isOffline) throw offline(`${paths.join(", ")} of ${origin}`);
      const own = new Set(found?.info.files.map(({ path }) => path));
      const fetched = await fetchAll(
        paths.filter((path) => !own.has(path)),
        (path) => {
          if (own.has(path)) return undefined;
          const file = files.find((each) => each.path === path);
          if (file === undefined) throw missing(path, where);
          const part = partOf(store, `${origin}/${path}`);
          return client.download({ repo: source.repo, revision: commit }, file, part);
        },
        client.settings,
        progress,
      );
      if (found !== undefined) {
        const added = fetched.map(({ file }) => file);
        const model = await store.extend(found, added, (folder) => placeAll(fetched, folder));
        return { model, paths };
      }
      const { labels } = options;
      const more = { name, version, labels, source: origin, license };
      return { model: await addFetched(store, more, fetched), paths };
    },
    PULL_WAIT_MS,
  );
}

/** Returns a file of a known commit that is there, also where no list of its files is. */
function withoutAsking(
  store: Store,
  state: HubState,
  { repo, revision, path }: HubSource,
  { isOffline }: HubSettings,
  { name = hubName(repo), version, include, asksAgain = true }: HubPullOptions,
): HubPull | undefined {
  if (path === undefined || include !== undefined) return undefined;
  if (asksAgain && !isOffline && !isCommit(revision)) return undefined;
  const commit = state.commitOf(revision);
  if (commit === undefined) return undefined;
  const model = store.find(name.toLowerCase(), version?.toLowerCase() ?? commit);
  if (model === undefined || !hasAll(model, [path], `hf:${repo}@${commit}`)) return undefined;
  return { model, paths: [path] };
}

function hasAll({ info }: StoredModel, paths: readonly string[], origin: string): boolean {
  if (info.source !== origin) return false;
  const own = new Set(info.files.map(({ path }) => path));
  return paths.every((path) => own.has(path));
}

async function listingOf(
  client: HubClient,
  state: HubState,
  source: HubSource,
  hub: HubSettings,
  { asksAgain = true, progress = silent }: HubPullOptions,
): Promise<HubCommit> {
  const { repo, revision, path } = source;
  const commit = state.commitOf(revision);
  const known = commit === undefined ? undefined : state.listing(commit);
  if (known !== undefined && (isCommit(revision) || !asksAgain || hub.isOffline)) return known;
  if (hub.isOffline) throw offline(`hf:${repo}@${revision}`);
  try {
    const listing = await client.list(
      source,
      known === undefined ? client.settings.tries : TRIES_IF_KNOWN,
    );
    await written(state.keep(revision, listing));
    return listing;
  } catch (error) {
    const code = error instanceof ServiceError ? error.code : undefined;
    if (code === "unavailable" && known !== undefined) {
      progress.note(`${messageOf(error)}. Taking ${revision} as it was: ${known.commit}`);
      return known;
    }
    // A mirror may answer files without listing them.
    if (code !== "not_found" || path === undefined) throw error;
    const found = await client.find(source, path).catch(() => Promise.reject(error));
    await written(state.keepRef(revision, found.commit));
    return found;
  }
}

/** Waits until something is kept, unless the store can only be read. */
async function written(keeping: Promise<void>): Promise<void> {
  try {
    await keeping;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code !== "EROFS" && code !== "EACCES" && code !== "EPERM") throw error;
  }
}

function offline(what: string): ServiceError {
  return new ServiceError(
    "unavailable",
    `${what} is not in the store, and HF_HUB_OFFLINE forbids to ask the hub`,
  );
}

function missing(path: string, where: string): ServiceError {
  return new ServiceError("not_found", `${where} has no file ${path}, in which the weights are`);
}

function shortened(revision: string): string {
  return isCommit(revision) ? revision.slice(0, 12) : revision;
}
