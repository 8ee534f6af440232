/**
 * The host of Bun, Deno and Node.
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { availableParallelism } from "node:os";
import { systemClock } from "../clock.ts";
import { inlineExecutor } from "../executor/inline/inline.ts";
import { threads } from "../executor/threads/threads.ts";
import type { Host } from "./host.ts";

/** The host of this process. */
export const host: Host = {
  executors: { threads, inline: inlineExecutor({ storage: new AsyncLocalStorage() }) },
  isolation: "threads",
  cores: availableParallelism(),
  clock: systemClock,
};
