/**
 * RUNTIME_NAME: the runtime of this process.
 * @module
 */

import process from "node:process";

/** The name and the version: `Bun 1.4.5`. */
export const RUNTIME_NAME: string = runtimeName(process.versions);

function runtimeName({ bun, deno, node }: Readonly<Record<string, string | undefined>>): string {
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}
