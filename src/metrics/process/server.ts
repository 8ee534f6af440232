/**
 * The metrics of the process (memory, CPU, event loop, garbage collection), from prom-client.
 *
 * `#process-metrics` in package.json chooses by the runtime's conditions: this file on Bun, Deno
 * and Node, `none.ts` in a browser and in workerd.
 * @module
 */

import { setTimeout } from "node:timers";
import type { PromRegistry } from "../included.ts";

/** The user agents of runtimes with a process to measure. */
const SUPPORTED = /^(Bun|Deno|Node\.js)\//;

/**
 * The wrong metrics of prom-client 15.1.3, by runtime. Bun has no heap spaces, and reports 0 for
 * all but one. Bun and Deno report the version of Node that they emulate. On all runtimes, three
 * gauges have the names of counters, and are the sums of others.
 */
const WRONG: readonly { readonly runtime: RegExp; readonly name: RegExp }[] = [
  { runtime: /^Bun\//, name: /^nodejs_heap_space_/ },
  { runtime: /^(Bun|Deno)\//, name: /^nodejs_version_info$/ },
  { runtime: SUPPORTED, name: /^nodejs_active_(handles|requests|resources)_total$/ },
];

/** Returns the name and version of the runtime, such as `Bun/1.4.5`. */
function runtimeName(): string {
  return globalThis.navigator?.userAgent ?? "";
}

/** Returns true if there is a process to measure. */
export function hasProcessMetrics(): boolean {
  return SUPPORTED.test(runtimeName());
}

/** The time until the process is measured, in milliseconds. */
const SOON_MS = 1000;

/** Begins to measure the process in a moment, when a server answers its first calls already. */
export function measureSoon(): void {
  // A scrape reports what is wrong.
  setTimeout(() => processMetrics().catch(() => {}), SOON_MS).unref();
}

let loading: Promise<PromRegistry> | undefined;

/**
 * Returns the metrics of this process, which are measured from the first call on. There is one
 * registry for all callers, since its collectors cannot be stopped.
 *
 * @throws any error of the import of prom-client or of its start
 */
export function processMetrics(): Promise<PromRegistry> {
  loading ??= load();
  return loading;
}

async function load(): Promise<PromRegistry> {
  // A CommonJS module: its exports are properties of `default` on every runtime.
  const { default: client } = await import("prom-client");
  const registry = new client.Registry();
  client.collectDefaultMetrics({ register: registry });
  const runtime = runtimeName();
  const wrong = WRONG.filter((each) => each.runtime.test(runtime));
  return {
    async getMetricsAsJSON() {
      const metrics = await registry.getMetricsAsJSON();
      return metrics.filter(({ name }) => !wrong.some((each) => each.name.test(name)));
    },
  };
}
