/**
 * The module that Web Workers of Bun and Deno run: a source, or its compiled form.
 * @module
 */

import { executable, isInExecutable, moduleBeside } from "../../executable.ts";

/** Returns the URL of the module. @throws Error in an executable, which does not contain it */
export function webEntryUrl(): URL {
  const { url } = import.meta;
  if (isInExecutable(url) || executable() !== undefined) {
    throw new Error('an executable has no Web Workers: use the isolation "threads" or "process"');
  }
  return moduleBeside(url, "web-entry");
}
