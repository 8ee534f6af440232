/**
 * The host of runtimes without threads of `node:worker_threads`: browsers and workerd.
 * @module
 */

import { systemClock } from "../clock.ts";
import { inlineExecutor } from "../executor/inline/inline.ts";
import type { Host } from "./host.ts";

/** The host of this runtime. */
export const host: Host = {
  executors: { inline: inlineExecutor() },
  isolation: "inline",
  cores: 1,
  clock: systemClock,
};
