/**
 * loadError(): what went wrong in the loading of a service, with its file, its line, and advice.
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import { messageOf } from "../../error.ts";
import { adviceFor } from "./advice.ts";
import { callersOf, excerptOf, placeOf } from "./error-place.ts";

/**
 * Returns the error to report.
 *
 * @param path the file of the service
 */
export function loadError(path: string, thrown: unknown): Error {
  // Bun has several errors of its parser.
  const error = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
  const place = placeOf(error);
  const message = plain(messageOf(error));
  const { code } = (error ?? {}) as { readonly code?: unknown };
  const advice = adviceFor({
    message,
    code: typeof code === "string" ? code : undefined,
    file: place?.file ?? path,
  });
  const parts = [
    `Cannot load ${path}: ${message}`,
    ...(place === undefined ? [] : [excerptOf(place), ...callersOf(error)]),
    ...(advice === undefined ? [] : [advice]),
  ];
  return new LoadError(parts.join("\n"), { cause: error });
}

/** An error whose text has all that is known, so that it needs no stack. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}

/** Returns a message without what Deno adds: the kind of the error, the line, colours. */
function plain(message: string): string {
  const [first = ""] = stripVTControlCharacters(message)
    .replace(/^SyntaxError: /, "")
    .split(/\n\s*(?:at |\||hint:|import stack)/);
  return first
    .replace(/ at file:\/\/\S+:\d+:\d+$/, "")
    .replace(/ and not in import map from \S*$/, "")
    .replace(/\. Maybe add a '\S+' extension or run with --sloppy-imports$/, "")
    .trim();
}
