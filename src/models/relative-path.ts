/**
 * Paths of the files of a model, which may come from an archive or a server.
 * @module
 */

import { invalidArgument } from "../error.ts";

/** The file with what the store knows about a model. */
export const INFO_FILE = "model.yaml";

/** The most files of a model. */
export const MAX_FILES = 1000;

/** The longest path, in UTF-16 code units. */
const MAX_LENGTH = 1024;

/** The longest name of a file on most file systems, in bytes. */
const MAX_NAME_BYTES = 255;

/**
 * Checks that a path stays in the folder of its model on every system: its parts are separated by
 * "/", and none of them is empty, "." or "..".
 *
 * @param what the kind of the path, for the message: `file of the archive`
 * @throws ServiceError `invalid_argument` for any other path
 */
export function checkRelativePath(what: string, path: string): string {
  const parts = path.split("/");
  const isWrong =
    path.length > MAX_LENGTH ||
    hasControl(path) ||
    /[\\:]/.test(path) ||
    parts.some((part) => part === "" || part === "." || part === "..") ||
    parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES);
  if (!isWrong) return path;
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  throw invalidArgument(
    `A ${what} has the path ${JSON.stringify(shown)}: it must be relative, without "..", "\\", ` +
      '":" and control characters',
  );
}

function hasControl(text: string): boolean {
  return [...text].some((letter) => letter < " " || letter === "\u007f");
}
