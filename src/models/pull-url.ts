/**
 * Pulls a model by its URL.
 * @module
 */

import { invalidArgument, ServiceError } from "../error.ts";
import type { Download } from "./fetch/download.ts";
import { discard } from "./fetch/part-file.ts";
import { silent } from "./fetch/progress.ts";
import type { FetchSettings } from "./fetch/request.ts";
import { digestOf, inOrder } from "./model-info.ts";
import {
  addFetched,
  fetchAll,
  PULL_WAIT_MS,
  type PullOptions,
  partOf,
  sourceOfUrl,
  withoutSecret,
} from "./pull.ts";
import type { Store } from "./store.ts";
import type { StoredModel } from "./stored-model.ts";
import { nameLike } from "./tag.ts";

/**
 * Pulls the model at a URL, with the files of its weights beside it. If the same files are there
 * from the same URL, that version is returned.
 *
 * @throws ServiceError as `download()`; `failed_precondition` if it is not a model;
 *   `already_exists` if the version is there with other files
 */
export async function pullUrl(
  store: Store,
  url: URL,
  options: PullOptions,
  settings: FetchSettings,
): Promise<StoredModel> {
  const { sha256, labels, progress = silent } = options;
  const version = options.version?.toLowerCase();
  checkOptions(options);
  const file = fileName(url);
  const name = options.name?.toLowerCase() ?? nameLike(file.replace(/\.onnx$/i, ""));
  const source = sourceOfUrl(url);
  const known = (digest: string): StoredModel | undefined =>
    store
      .list(`${name}`)
      .find(
        (each) => each.name === name && each.info.source === source && each.info.digest === digest,
      );
  return await store.locked(
    name,
    async () => {
      const there = version === undefined ? undefined : store.find(name, version);
      if (there !== undefined && there.info.source !== source) {
        throw alreadyThere(there, `it is not from ${source}`);
      }
      const fetched = await fetchAll(
        [file],
        (path) => downloadOf(store, url, file, path, sha256),
        settings,
        progress,
      );
      const digest = digestOf(inOrder(fetched.map((each) => each.file)));
      const found = version === undefined ? known(digest) : there;
      if (found === undefined) {
        return await addFetched(store, { name, version, labels, source }, fetched);
      }
      for (const { part } of fetched) await discard(part);
      if (found.info.digest === digest) return found;
      throw alreadyThere(found, `${source} has other content now`);
    },
    PULL_WAIT_MS,
  );
}

function alreadyThere({ tag }: StoredModel, why: string): ServiceError {
  return new ServiceError("already_exists", `There is a model ${tag} already, and ${why}`);
}

function checkOptions({ include, exclude, sha256 }: PullOptions): void {
  if ((include ?? exclude ?? []).length > 0) {
    throw invalidArgument("Only the files of a repository on a hub can be included or excluded");
  }
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw invalidArgument(`A SHA-256 has 64 hexadecimal digits, but was ${JSON.stringify(sha256)}`);
  }
}

function downloadOf(
  store: Store,
  url: URL,
  file: string,
  path: string,
  sha256: string | undefined,
): Download {
  const isModel = path === file;
  const at = isModel ? url : new URL(path.split("/").map(encodeURIComponent).join("/"), url);
  const hash = isModel ? sha256?.toLowerCase() : undefined;
  return {
    ...withoutSecret(at),
    part: partOf(store, at.href),
    expected: { sha256: hash },
    name: path,
  };
}

/** Returns the name of the file of a URL: `model.onnx` if it has none. */
export function fileName({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf("/") + 1);
  let name = "";
  try {
    name = decodeURIComponent(last);
  } catch {
    // It has a "%" that stands for nothing.
  }
  return /^[\w. ()+-]+\.onnx$/i.test(name) && !name.startsWith(".") ? name : "model.onnx";
}
