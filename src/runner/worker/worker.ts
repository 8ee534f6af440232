/**
 * The code of a worker thread: loads a runnable, then runs its methods.
 * @module
 */

import process from "node:process";
import { parentPort } from "node:worker_threads";
import { executable } from "../../executable.ts";
import type { MetricsDelta } from "../../metrics/worker/delta.ts";
import { workerMetrics } from "../../metrics/worker/worker-metrics.ts";
import { provideWorkerHost } from "../../worker-host.ts";
import { isRunnable } from "../runnable.ts";
import { type AnyLoaded, checkLoaded } from "./loaded.ts";
import { WorkerGate } from "./native-gate.ts";
import { pack } from "./payload.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { sendable, takeRowErrors } from "./sent-error.ts";

type Load = Extract<ToWorker, { kind: "load" }>;
type Run = Extract<ToWorker, { kind: "run" }>;

let loaded: AnyLoaded | undefined;
const compiling = new Map<string, PromiseWithResolvers<WebAssembly.Module>>();
const backends: string[] = [];
/** Resolved when all calls so far have been answered. */
let turn: Promise<void> = Promise.resolve();
let nativeGate: WorkerGate | undefined;

/** The longest time until changes of metrics between calls are sent. */
const METRICS_DELAY_MS = 1_000;
const metrics = workerMetrics({
  warn: (text) => post({ kind: "warning", text }),
  onChange: sendMetricsLater,
});
/** True while there are changes that have not been sent. */
let changed = false;
/** True while it loads or runs a call, whose answer carries the changes made meanwhile. */
let busy = true;
let planned = false;

function sendMetricsLater(): void {
  changed = true;
  if (planned) return;
  planned = true;
  setTimeout(() => {
    planned = false;
    if (!busy) sendMetrics();
  }, METRICS_DELAY_MS);
}

/** Sends the changes of metrics that no answer has carried. */
function sendMetrics(): void {
  const delta = changed ? takeDelta() : undefined;
  if (delta !== undefined) post({ kind: "metrics", metrics: delta });
}

function takeDelta(): MetricsDelta | undefined {
  changed = false;
  return metrics.takeDelta();
}

function post(message: FromWorker, transfer: readonly Transferable[] = []): void {
  parentPort?.postMessage(message, transfer as ArrayBuffer[]);
}

/** Requests a compiled module from the main thread, which compiles it once for all workers. */
function compile(wasm: URL): Promise<WebAssembly.Module> {
  const url = wasm.href;
  const known = compiling.get(url);
  if (known !== undefined) return known.promise;
  const waiting = Promise.withResolvers<WebAssembly.Module>();
  compiling.set(url, waiting);
  waiting.promise.catch(() => {}); // of two sessions, the second may be awaited later
  post({ kind: "compile", url });
  return waiting.promise;
}

async function load(message: Load): Promise<void> {
  const { module, runner, workerIndex, threads, backend, params, gate } = message;
  const ownGate = new WorkerGate(gate, () => post({ kind: "left-native-code" }));
  nativeGate = ownGate;
  provideWorkerHost({
    threads,
    backend,
    compile,
    opened: (name) => backends.push(name),
    // All workers load the same module, so only the first one warns.
    warn: (text) => {
      if (workerIndex === 1) post({ kind: "warning", text });
    },
    native: (work) => ownGate.run(work),
  });
  try {
    const load = executable()?.modules?.[module] ?? (() => import(module));
    const { default: definition } = (await load()) as { default?: unknown };
    if (!isRunnable(definition)) {
      throw new TypeError(`The default export of ${module} must be what runnable() returns`);
    }
    loaded = await definition.load({ workerIndex, runner, threads, params, metrics });
    const methods = checkLoaded(definition, loaded);
    const { warmUp = {}, rowAxes = {} } = loaded;
    const info = { methods, backends, rowAxes, warmUp };
    post({ kind: "ready", ...info, metrics: takeDelta() });
  } catch (error) {
    post({ kind: "load-failed", error: sendable(error) });
  } finally {
    busy = false;
  }
}

async function run({ id, method, input }: Run): Promise<void> {
  sendMetrics(); // changes that are not part of this call
  busy = true;
  let delta: MetricsDelta | undefined;
  try {
    const call = loaded?.batched?.[method] ?? loaded?.methods?.[method];
    if (call === undefined) throw new TypeError(`There is no method "${method}"`);
    const { output, rowErrors } = takeRowErrors(await call(input));
    const { value, transfer } = pack(output);
    delta = takeDelta();
    post({ kind: "result", id, output: value, rowErrors, metrics: delta }, transfer);
  } catch (error) {
    // An output that cannot be cloned ends here too; the message names the value.
    post({ kind: "error", id, error: sendable(error), metrics: delta ?? takeDelta() });
  } finally {
    busy = false;
  }
}

async function close(): Promise<void> {
  nativeGate?.startClosing();
  try {
    await loaded?.close?.();
  } finally {
    post({ kind: "closed" });
  }
}

// After an unhandled rejection the worker continues. After an exception, its state is unknown, and
// it exits.
process.on("unhandledRejection", (error) => {
  post({ kind: "uncaught", uncaught: "rejection", error: sendable(error) });
});
process.on("uncaughtException", (error) => {
  post({ kind: "uncaught", uncaught: "exception", error: sendable(error) });
  process.exit(1);
});

parentPort?.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "load":
      return void load(message);
    case "run":
      // One after the other, since a second call may have been sent ahead.
      turn = turn.then(() => run(message));
      return;
    case "metrics-refused":
      return metrics.withdraw(message.names);
    case "ping":
      return post({ kind: "pong" });
    case "compiled":
      return compiling.get(message.url)?.resolve(message.module);
    case "compile-failed":
      return compiling.get(message.url)?.reject(new Error(message.reason));
    case "close":
      return void close();
  }
});
