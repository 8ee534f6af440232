/**
 * The entry `ekiben/worker`: the script of the Web Workers of a page.
 * @module
 */

export { runWorker } from "./app/run-worker.ts";
