/**
 * The host of Bun, Deno and Node.
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { systemClock } from "../clock.ts";
import { inlineExecutor } from "../executor/inline/inline.ts";
import { processes } from "../executor/process/processes.ts";
import { threads } from "../executor/threads/threads.ts";
import { webExecutor } from "../executor/web/web.ts";
import { webEntryUrl } from "../executor/web/web-entry-url.ts";
import { availableCores } from "./cores.ts";
import type { Host } from "./host.ts";

/** Web Workers, which Bun and Deno have. Libraries may replace the global one later. */
const WebWorker = (globalThis as Partial<typeof globalThis>).Worker;

const web =
  WebWorker &&
  webExecutor({
    open: () => new WebWorker(webEntryUrl(), { type: "module" }),
    clock: systemClock,
    importsModules: true,
  });

const inline = inlineExecutor({ storage: new AsyncLocalStorage() });

/** The host of this process. */
export const host: Host = {
  executors: { threads, process: processes, inline, ...(web && { web }) },
  missing: { web: 'Node has no Web Workers: use "threads" or "process"' },
  isolation: "threads",
  cores: availableCores(),
  clock: systemClock,
};
