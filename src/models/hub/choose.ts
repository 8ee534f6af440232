/**
 * Chooses the files of a repository that are fetched.
 * @module
 */

import { ServiceError } from "../../error.ts";
import { chooseModelFile } from "../model-file-choice.ts";
import { INFO_FILE } from "../relative-path.ts";

/** What a user asks for: patterns as in the hub's own tools. */
export interface Wanted {
  /** Patterns of files, such as `onnx/*.onnx` or `tokenizer.json`. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/**
 * Returns the paths of a repository that are wanted. By default that is its only model: nothing is
 * fetched that was not asked for.
 *
 * @param path a file, or a folder with one model
 * @param where the repository, for messages
 * @throws ServiceError `not_found` if there is none; `failed_precondition` if a model would have to
 *   be chosen
 */
export function choosePaths(
  paths: readonly string[],
  path: string | undefined,
  { include = [], exclude = [] }: Wanted,
  where: string,
): string[] {
  const isExcluded = matcher(exclude);
  const allowed = paths.filter((each) => !isExcluded(each));
  const asked = path === undefined ? [] : [pathOrModel(allowed, path, where)];
  if (include.length === 0) {
    return path === undefined ? [chooseModelFile(allowed, where)] : asked;
  }
  for (const pattern of include) {
    const matches = matcher([pattern]);
    if (allowed.some(matches)) continue;
    const list = shortList(paths);
    throw new ServiceError("not_found", `${where} has no file like "${pattern}": it has ${list}`);
  }
  const isIncluded = matcher(include);
  const found = allowed.filter((each) => isIncluded(each) && each !== INFO_FILE);
  return [...new Set([...asked, ...found])];
}

function pathOrModel(paths: readonly string[], path: string, where: string): string {
  const name = path.replace(/\/+$/, "");
  if (paths.includes(name)) return name;
  const inside = paths.filter((each) => each.startsWith(`${name}/`));
  if (inside.length > 0) return chooseModelFile(inside, `${where}/${name}`);
  const list = shortList(paths);
  throw new ServiceError("not_found", `${where} has no file ${name}: it has ${list}`);
}

function shortList(paths: readonly string[]): string {
  const list = paths.slice(0, 30).join(", ");
  return paths.length > 30 ? `${list}, …` : list;
}

/**
 * Returns a function that tells whether one of several patterns matches a path. As in the hub's
 * tools, `*` also stands for "/", and a pattern that ends in "/" for all of a folder.
 */
export function matcher(patterns: readonly string[]): (path: string) => boolean {
  return (path) => patterns.some((each) => matches(each.endsWith("/") ? `${each}*` : each, path));
}

/** Compares without a regular expression, whose time may grow without bound. */
function matches(pattern: string, path: string): boolean {
  let at = 0;
  let star: { readonly pattern: number; path: number } | undefined;
  let p = 0;
  while (at < path.length) {
    if (pattern[p] === "*") {
      star = { pattern: p, path: at };
      p += 1;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === path[at])) {
      p += 1;
      at += 1;
    } else if (star !== undefined) {
      star.path += 1;
      p = star.pattern + 1;
      at = star.path;
    } else return false;
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}
