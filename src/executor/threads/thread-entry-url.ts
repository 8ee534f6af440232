/**
 * The module that worker threads run: a source, its compiled form, or a part of an executable.
 * @module
 */

import { checkExecutable, executable, moduleBeside } from "../../executable.ts";

/** Returns the URL of the module. @throws Error in an executable that has no workers */
export function threadEntryUrl(): URL {
  const { url } = import.meta;
  checkExecutable(url);
  return executable()?.workerEntry ?? moduleBeside(url, "thread-entry");
}
