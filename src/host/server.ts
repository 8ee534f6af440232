/**
 * The host of Bun, Deno and Node.
 * @module
 */

import { availableParallelism } from "node:os";
import { systemClock } from "../clock.ts";
import { inline } from "../executor/inline/inline.ts";
import { processes } from "../executor/process/processes.ts";
import { threads } from "../executor/threads/threads.ts";
import type { Host } from "./host.ts";

/** The host of this process. */
export const host: Host = {
  executors: { threads, process: processes, inline },
  isolation: "threads",
  cores: availableParallelism(),
  clock: systemClock,
};
