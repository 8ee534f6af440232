/**
 * The module that worker threads run: a source, its compiled form, or a part of an executable.
 * @module
 */

import { checkExecutable, executable } from "../../executable.ts";

/** Returns the URL of the module. @throws Error in an executable that has no workers */
export function threadEntryUrl(): URL {
  const { url } = import.meta;
  checkExecutable(url);
  const script = url.endsWith(".ts") ? "thread-entry.ts" : "thread-entry.js";
  return executable()?.workerEntry ?? new URL(script, url);
}
