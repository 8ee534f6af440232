/**
 * The host of browsers. Runners share the thread of the page, unless `app()` is given a script for
 * Web Workers.
 * @module
 */

import { systemClock } from "../clock.ts";
import { inlineExecutor } from "../executor/inline/inline.ts";
import type { Host } from "./host.ts";

/** The host of this page. */
export const host: Host = {
  executors: { inline: inlineExecutor() },
  missing: {
    threads: 'Browsers have no threads of Node: use "web"',
    process: 'Browsers have no child processes: use "web"',
    web:
      "Give the script of the workers: app(service, { worker: () => " +
      'new Worker(new URL("./worker.js", import.meta.url), { type: "module" }) })',
  },
  isolation: "inline",
  cores: globalThis.navigator?.hardwareConcurrency ?? 1,
  clock: systemClock,
};
