/**
 * The names of models on a hub: `hf:owner/repo@revision/path/model.onnx`.
 * @module
 */

import { createHash } from "node:crypto";
import { invalidArgument } from "../../error.ts";
import { checkRelativePath } from "../relative-path.ts";
import { nameLike } from "../tag.ts";

/** A repository of a hub, a revision of it and, possibly, one of its files. */
export interface HubSource {
  /** `owner/repo`, or a name alone for some old repositories. */
  readonly repo: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** A file or a folder. */
  readonly path: string | undefined;
}

/** Returns true for the name of a model on a hub. */
export function isHubSource(text: string): boolean {
  return /^hf:/i.test(text);
}

const PART = "[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?";
const SOURCE = new RegExp(
  `^hf:(?://)?(?<repo>${PART}/${PART}|${PART}(?=@|$))` +
    "(?:@(?<revision>refs/(?:pr|convert)/[^/@]+|[^/@]+))?(?:/(?<path>.+))?$",
  "i",
);

/** The hash of a commit. */
const COMMIT = /^[0-9a-f]{40}$/;

/** Returns true for a revision that always names the same files. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/**
 * Parses the name of a model on a hub.
 *
 * A "/" in a revision is written as `%2F`, except in `refs/pr/1` and `refs/convert/…`: the
 * hub's own rule.
 *
 * @throws ServiceError `invalid_argument` with the form
 */
export function parseHubSource(text: string): HubSource {
  const { repo, revision = "main", path } = SOURCE.exec(text)?.groups ?? {};
  const decoded = decode(revision);
  const isWrong =
    repo === undefined ||
    decoded === undefined ||
    !/^[\w./-]{1,200}$/.test(decoded) ||
    `/${decoded}/`.includes("/../") ||
    repo.includes("--") ||
    repo.includes("..");
  if (isWrong) {
    throw invalidArgument(
      "A model on a hub is named hf:owner/repo, hf:owner/repo@revision or " +
        `hf:owner/repo@revision/path/model.onnx, but was ${JSON.stringify(text.slice(0, 300))}`,
    );
  }
  return {
    repo,
    revision: COMMIT.test(decoded.toLowerCase()) ? decoded.toLowerCase() : decoded,
    path: path === undefined ? undefined : checkRelativePath("file on a hub", path),
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns the name of a repository in the store: `owner--repo` in small letters, as in the hub's
 * own cache. Where that is not a valid name, a hash makes it unique.
 */
export function hubName(repo: string): string {
  const wanted = repo.toLowerCase().replace("/", "--");
  const name = nameLike(wanted);
  if (name === wanted) return name;
  const hash = createHash("sha256").update(wanted).digest("hex").slice(0, 8);
  return `${nameLike(wanted.slice(0, 54))}-${hash}`;
}
