/**
 * Finds models by all the names that they may have, and fetches those that are not there.
 * @module
 */

import { invalidArgument, ServiceError } from "../error.ts";
import { silent } from "./fetch/progress.ts";
import { DEFAULT_SETTINGS, type FetchSettings } from "./fetch/request.ts";
import { hubSettings } from "./hub/hub-settings.ts";
import { isHubSource, parseHubSource } from "./hub/hub-source.ts";
import { chooseModelFile } from "./model-file-choice.ts";
import { httpUrl, type PullOptions, sourceOfUrl } from "./pull.ts";
import { type HubPullOptions, pullHub } from "./pull-hub.ts";
import { pullUrl } from "./pull-url.ts";
import { Store } from "./store.ts";
import type { StoredModel } from "./stored-model.ts";

/** A pulled model, and the files of it that were asked for. */
export interface Pull {
  readonly model: StoredModel;
  readonly paths: readonly string[];
}

/**
 * Fetches a model into the store, unless it is there.
 *
 * @param source `hf:owner/repo…` or an http(s) URL
 */
export async function pull(
  source: string,
  options: PullOptions & Pick<HubPullOptions, "asksAgain"> = {},
  store: Store = new Store(),
  settings: FetchSettings = DEFAULT_SETTINGS,
): Promise<Pull> {
  if (isHubSource(source)) {
    if (options.sha256 !== undefined) {
      throw invalidArgument("The hub says which SHA-256 its files have: it is for URLs only");
    }
    return await pullHub(store, parseHubSource(source), { ...options, settings });
  }
  const url = httpUrl(source);
  if (url === undefined) {
    throw invalidArgument(
      `Cannot pull ${JSON.stringify(source)}: it must be hf:owner/repo, ` +
        "hf:owner/repo@revision/path/model.onnx, or an http(s) URL",
    );
  }
  const model = await pullUrl(store, url, options, { ...settings, stallMs: hubSettings().stallMs });
  return { model, paths: [model.info.files[0]?.path ?? ""] };
}

/**
 * Returns the path of a model in the store: of `hf:owner/repo…`, or of `models:` and a tag, which
 * a "/" and a path in the model may follow.
 *
 * A branch is asked for once, so that all workers of a server have the same model:
 * `ekiben models pull` asks again.
 */
export async function locate(source: string, store: Store = new Store()): Promise<string> {
  if (isHubSource(source)) {
    return modelPath(await pull(source, { asksAgain: false }, store), source);
  }
  const [, tag = "", path] = /^models:(?:\/\/)?([^/]*)(?:\/(.+))?$/i.exec(source) ?? [];
  return store.get(tag).file(path);
}

/** Returns the path of the model among the files that were pulled. */
export function modelPath({ model, paths }: Pull, source: string): string {
  return model.file(chooseModelFile(paths, source));
}

/**
 * Returns the model at a URL: the newest that was pulled from there, or else it is pulled now.
 */
async function modelOfUrl(url: URL, options: PullOptions, store: Store): Promise<Pull> {
  const source = sourceOfUrl(url);
  const [found] = store.list().filter(({ info }) => info.source === source);
  if (found === undefined) return await pull(url.href, options, store);
  return { model: found, paths: found.info.files.map(({ path }) => path) };
}

/**
 * Returns the file of a model that a command is to serve; `undefined` for anything but a tag, a
 * name on a hub or a URL.
 *
 * @throws ServiceError if it cannot be fetched, or has no model
 */
export async function servedModel(
  target: string,
  options: PullOptions = {},
  store: Store = new Store(),
): Promise<{ readonly name: string; readonly path: string } | undefined> {
  const { progress = silent } = options;
  if (isHubSource(target)) {
    const found = await pull(target, { ...options, progress }, store);
    const { repo } = parseHubSource(target);
    return { name: repo.slice(repo.indexOf("/") + 1), path: modelPath(found, target) };
  }
  const url = httpUrl(target);
  if (url !== undefined) {
    const found = await modelOfUrl(url, { ...options, progress }, store);
    return { name: found.model.name, path: found.model.file() };
  }
  try {
    const model = store.get(target.replace(/^models:/i, ""));
    return { name: model.name, path: model.file() };
  } catch (error) {
    // A path that is no tag is a file that does not exist, which the command reports.
    if (error instanceof ServiceError && error.code === "invalid_argument") return undefined;
    if (error instanceof ServiceError && error.code === "not_found" && !target.includes(":")) {
      return undefined;
    }
    throw error;
  }
}
