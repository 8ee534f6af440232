/**
 * The module that Web Workers of Bun and Deno run. Those of a page run a script of their own, which
 * calls `runWorker()`.
 * @module
 */

import { importRunnable } from "../import-runnable.ts";
import { runInWebWorker } from "./web-worker-scope.ts";

runInWebWorker(importRunnable);
