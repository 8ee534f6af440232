/**
 * The module that Web Workers of Bun and Deno run. Those of a page run a script of their own, which
 * calls `runWorker()`.
 * @module
 */

import { runInWebWorker } from "./web-worker-scope.ts";

runInWebWorker(async ({ module }) => (await import(module)) as { readonly default?: unknown });
