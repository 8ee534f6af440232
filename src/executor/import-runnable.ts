/**
 * importRunnable(): the module of a runnable, in a worker that does not share its definition.
 * @module
 */

import { executable } from "../executable.ts";
import type { LoadMessage } from "../worker/protocol.ts";

/** Imports the module of a runnable: a file, or a part of an executable. */
export async function importRunnable({
  module,
}: LoadMessage): Promise<{ readonly default?: unknown }> {
  const load = executable()?.modules?.[module] ?? (() => import(module));
  return (await load()) as { readonly default?: unknown };
}
