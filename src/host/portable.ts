/**
 * The host of runtimes that have no host of their own: runners share the thread of their callers.
 * @module
 */

import { systemClock } from "../clock.ts";
import { inlineExecutor } from "../executor/inline/inline.ts";
import type { Host } from "./host.ts";

/** The host of this runtime. */
export const host: Host = {
  executors: { inline: inlineExecutor() },
  missing: Object.fromEntries(
    (["threads", "process", "web"] as const).map((name) => [name, "There are no threads here"]),
  ),
  isolation: "inline",
  cores: 1,
  clock: systemClock,
};
