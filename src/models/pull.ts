/**
 * Pulls models into the store: from a hub, or by their URLs.
 * @module
 */

import { createHash } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { invalidArgument, ServiceError } from "../error.ts";
import { type Download, type Downloaded, download } from "./fetch/download.ts";
import { discard } from "./fetch/part-file.ts";
import type { Progress } from "./fetch/progress.ts";
import { type FetchSettings, shown } from "./fetch/request.ts";
import type { StoredFile } from "./model-info.ts";
import { checkRelativePath, INFO_FILE } from "./relative-path.ts";
import { removeOldDownloads } from "./staging.ts";
import type { NewModel, Store } from "./store.ts";
import type { StoredModel } from "./stored-model.ts";
import { weightsOf } from "./weights.ts";

/** The options of a pull. */
export interface PullOptions {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Patterns of the files of a repository. Default: its only model. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** The hash that the file of a URL must have. */
  readonly sha256?: string | undefined;
  readonly progress?: Progress;
}

/** How long a pull waits for another of the same model, in milliseconds: six hours. */
export const PULL_WAIT_MS: number = 6 * 3_600_000;

/** A file that has been downloaded, but is not in its place. */
export interface Fetched {
  readonly file: StoredFile;
  readonly part: string;
}

/** Returns the place where the bytes of a source are collected. */
export function partOf({ folders }: Store, source: string): string {
  const key = createHash("sha256").update(source).digest("hex");
  return join(folders.downloads, `${key}.part`);
}

/**
 * Downloads files, and the files of their weights.
 *
 * @param downloadOf returns the download of a path; `undefined` for one that is not wanted
 */
export async function fetchAll(
  paths: readonly string[],
  downloadOf: (path: string) => Download | undefined,
  settings: FetchSettings,
  progress: Progress,
): Promise<Fetched[]> {
  const all = new Set(paths);
  const fetched: Fetched[] = [];
  for (const path of all) {
    checkRelativePath("file to download", path);
    if (path === INFO_FILE) throw invalidArgument(`A model cannot have a file ${INFO_FILE}`);
    const found = downloadOf(path);
    if (found === undefined) continue;
    const { size, sha256 }: Downloaded = await download(found, settings, progress);
    fetched.push({ file: { path, size, sha256 }, part: found.part });
    for (const weights of await weightsOrDiscard(path, found.part, size)) all.add(weights);
  }
  return fetched;
}

/** Returns the files of the weights of a download. One that cannot be used is not kept. */
async function weightsOrDiscard(path: string, part: string, size: number): Promise<string[]> {
  try {
    return await weightsOf(path, part, size);
  } catch (error) {
    // It is complete, so another pull would find it, and fail in the same way.
    if (error instanceof ServiceError) await discard(part);
    throw error;
  }
}

/** Moves downloaded files to their places in a folder. */
export async function placeAll(fetched: readonly Fetched[], folder: string): Promise<void> {
  for (const { file, part } of fetched) {
    const to = join(folder, file.path);
    await mkdir(dirname(to), { recursive: true });
    await rename(part, to);
  }
}

/** Adds downloaded files to the store as a new model. */
export async function addFetched(
  store: Store,
  model: NewModel,
  fetched: readonly Fetched[],
): Promise<StoredModel> {
  const added = await store.add(model, async (folder) => {
    await placeAll(fetched, folder);
    return fetched.map(({ file }) => file);
  });
  await removeOldDownloads(store.folders.downloads);
  return added;
}

/** Returns the URL of a text; `undefined` if it is not one of HTTP. */
export function httpUrl(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined;
  if (URL.canParse(text)) return new URL(text);
  throw new ServiceError("invalid_argument", `${JSON.stringify(text)} is not a URL`);
}

/** Returns a URL without its user and password, and these as the value of `Authorization`. */
export function withoutSecret(url: URL): Pick<Download, "url" | "secret"> {
  const { username, password, origin } = url;
  if (username === "" && password === "") return { url };
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  const bytes = new TextEncoder().encode(
    `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
  );
  const value = `Basic ${Buffer.from(bytes).toString("base64")}`;
  return { url: plain, secret: { origin, value } };
}

/** Returns the source of a URL as it is kept: without what may be a secret. */
export function sourceOfUrl(url: URL): string {
  return shown(url);
}
