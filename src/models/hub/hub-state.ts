/**
 * What is known of repositories on a hub without asking: the commits of branches, and the files of
 * commits.
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recordOf, textOf } from "../plain-values.ts";
import { writeWhole } from "../staging.ts";
import { hubName, isCommit } from "./hub-source.ts";

/** A file of a commit. */
export interface HubFile {
  readonly path: string;
  readonly size?: number;
  /** Of files that git keeps elsewhere (LFS). */
  readonly sha256?: string;
  /** The hash of git's blob, of all other files. */
  readonly gitSha1?: string;
}

/** The files of a commit. */
export interface HubCommit {
  readonly commit: string;
  readonly license?: string;
  readonly files: readonly HubFile[];
}

/** What is known of one repository. */
export class HubState {
  readonly #folder: string;

  /** @param hub the folder of all repositories */
  constructor(hub: string, repo: string) {
    this.#folder = join(hub, hubName(repo));
  }

  /** Returns the commit of a branch or a tag, as it was when the hub was last asked. */
  commitOf(revision: string): string | undefined {
    if (isCommit(revision)) return revision;
    const commit = read(this.#refOf(revision))?.trim();
    return commit !== undefined && isCommit(commit) ? commit : undefined;
  }

  /** Returns the files of a commit. */
  listing(commit: string): HubCommit | undefined {
    try {
      const text = read(this.#listOf(commit));
      return text === undefined ? undefined : commitFrom(JSON.parse(text));
    } catch {
      return undefined; // The hub is asked again.
    }
  }

  /** Keeps what the hub has answered. */
  async keep(revision: string, listing: HubCommit): Promise<void> {
    const { commit, license, files } = listing;
    await writeWhole(this.#listOf(commit), JSON.stringify({ commit, license, files }));
    await this.keepRef(revision, commit);
  }

  /** Keeps the commit of a branch or a tag. */
  async keepRef(revision: string, commit: string): Promise<void> {
    if (!isCommit(revision)) await writeWhole(this.#refOf(revision), commit);
  }

  #refOf(revision: string): string {
    return join(this.#folder, "refs", encodeURIComponent(revision));
  }

  #listOf(commit: string): string {
    return join(this.#folder, `${commit}.json`);
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Returns the files in a JSON value of `keep()`. @throws Error for anything else */
function commitFrom(value: unknown): HubCommit | undefined {
  const { commit, license, files } = recordOf(value) ?? {};
  if (typeof commit !== "string" || !Array.isArray(files)) return undefined;
  return {
    commit,
    ...(typeof license === "string" ? { license } : {}),
    files: files.flatMap((each: unknown) => fileFrom(recordOf(each) ?? {})),
  };
}

/** Returns a file, if its values are of the right types. */
export function fileFrom(value: Readonly<Record<string, unknown>>): HubFile[] {
  const path = textOf(value["path"]);
  if (path === undefined) return [];
  const { size } = value;
  const sha256 = textOf(value["sha256"]);
  const gitSha1 = textOf(value["gitSha1"]);
  return [
    {
      path,
      ...(typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? { size } : {}),
      ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
      ...(gitSha1 !== undefined && /^[0-9a-f]{40}$/.test(gitSha1) ? { gitSha1 } : {}),
    },
  ];
}
