/**
 * The code of a worker: loads a runnable, then runs its methods. It is the same for every executor,
 * which provides the port to the runner.
 * @module
 */

import type { UncaughtKind } from "../metrics/uncaught-errors.ts";
import type { MetricsDelta } from "../metrics/worker/delta.ts";
import { type WorkerMetrics, workerMetrics } from "../metrics/worker/worker-metrics.ts";
import { digestOfModels } from "../model-digest.ts";
import { loadWithOwnHost, type WorkerHost } from "../worker-host.ts";
import { type AnyLoaded, checkLoaded } from "./loaded.ts";
import { WorkerGate } from "./native-gate.ts";
import { pack } from "./payload.ts";
import type { FromWorker, LoadMessage, StampedFile, ToWorker } from "./protocol.ts";
import { isRunnable, type Runnable } from "./runnable.ts";
import { sendable, takeRowErrors } from "./sent-error.ts";

type Run = Extract<ToWorker, { kind: "run" }>;

/** The side of an executor inside the worker. */
export interface WorkerPort {
  /** Sends a message to the runner; the buffers in `transfer` move. */
  post(message: FromWorker, transfer?: readonly Transferable[]): void;
  /** Imports the module of a runnable. */
  importModule(load: LoadMessage): Promise<{ readonly default?: unknown }>;
  /**
   * Runs `load` of a runnable while `host` is the host of this worker. Default: that of its thread,
   * from then on.
   */
  withHost?<T>(host: WorkerHost, load: () => Promise<T>): Promise<T>;
  /** Compiles WASM here. Default: the runner compiles it, once for all workers. */
  compile?(wasm: URL): Promise<WebAssembly.Module>;
}

/** The longest time until changes of metrics between calls are sent. */
const METRICS_DELAY_MS = 1_000;

/** One worker. */
export class WorkerCore {
  readonly #port: WorkerPort;
  readonly #compiling = new Map<string, PromiseWithResolvers<WebAssembly.Module>>();
  readonly #hashing = new Map<string, PromiseWithResolvers<string | undefined>>();
  readonly #backends: string[] = [];
  /** The digests of its models. */
  readonly #digests: (string | undefined)[] = [];
  readonly #metrics: WorkerMetrics;
  #loaded: AnyLoaded | undefined;
  /** Resolved when all calls so far have been answered. */
  #turn: Promise<void> = Promise.resolve();
  #nativeGate: WorkerGate | undefined;
  /** True while there are changes of metrics that have not been sent. */
  #changed = false;
  /** True while it loads or runs a call, whose answer carries the changes made meanwhile. */
  #busy = true;
  /** The time at which a report of changes between calls was planned. */
  #plannedAt: number = Number.NEGATIVE_INFINITY;

  constructor(port: WorkerPort) {
    this.#port = port;
    this.#metrics = workerMetrics({
      warn: (text) => port.post({ kind: "warning", text }),
      onChange: () => this.#sendMetricsLater(),
    });
  }

  /** Handles a message of the runner. */
  receive(message: ToWorker): void {
    switch (message.kind) {
      case "load":
        return void this.#load(message);
      case "run":
        // One after the other, since a second call may have been sent ahead.
        this.#turn = this.#turn.then(() => this.#run(message));
        return;
      case "metrics-refused":
        return this.#metrics.withdraw(message.names);
      case "ping":
        return this.#port.post({ kind: "pong" });
      case "compiled":
        return this.#compiling.get(message.url)?.resolve(message.module);
      case "compile-failed":
        return this.#compiling.get(message.url)?.reject(new Error(message.reason));
      case "hashed":
        return this.#hashing.get(keyOf(message))?.resolve(message.sha256);
      case "close":
        return void this.#close();
    }
  }

  /** Reports an error that no code has caught. */
  uncaught(uncaught: UncaughtKind, error: unknown): void {
    this.#port.post({ kind: "uncaught", uncaught, error: sendable(error) });
  }

  #sendMetricsLater(): void {
    this.#changed = true;
    // In workerd, the request that has set the timer may end before it.
    if (performance.now() < this.#plannedAt + 2 * METRICS_DELAY_MS) return;
    this.#plannedAt = performance.now();
    setTimeout(() => {
      this.#plannedAt = Number.NEGATIVE_INFINITY;
      if (!this.#busy) this.#sendMetrics();
    }, METRICS_DELAY_MS);
  }

  /** Sends the changes of metrics that no answer has carried. */
  #sendMetrics(): void {
    const delta = this.#changed ? this.#takeDelta() : undefined;
    if (delta !== undefined) this.#port.post({ kind: "metrics", metrics: delta });
  }

  #takeDelta(): MetricsDelta | undefined {
    this.#changed = false;
    return this.#metrics.takeDelta();
  }

  /** Requests a compiled module from the runner, which compiles it once for all workers. */
  #compile(wasm: URL): Promise<WebAssembly.Module> {
    const url = wasm.href;
    const known = this.#compiling.get(url);
    if (known !== undefined) return known.promise;
    const waiting = Promise.withResolvers<WebAssembly.Module>();
    this.#compiling.set(url, waiting);
    waiting.promise.catch(() => {}); // of two sessions, the second may be awaited later
    this.#port.post({ kind: "compile", url });
    return waiting.promise;
  }

  /** Requests the hash of a file from the runner, which computes it once for all workers. */
  #hash(path: string, stamp: string): Promise<string | undefined> {
    const key = keyOf({ path, stamp });
    const known = this.#hashing.get(key);
    if (known !== undefined) return known.promise;
    const waiting = Promise.withResolvers<string | undefined>();
    this.#hashing.set(key, waiting);
    this.#port.post({ kind: "hash", path, stamp });
    return waiting.promise;
  }

  async #load(message: LoadMessage): Promise<void> {
    try {
      const definition = await this.#definition(message);
      const { workerIndex, runner, threads, params } = message;
      const metrics = this.#metrics;
      const load = (): Promise<AnyLoaded> =>
        definition.load({ workerIndex, runner, threads, params, metrics });
      const host = this.#host(message);
      const loaded = await (this.#port.withHost?.(host, load) ?? loadWithOwnHost(host, load));
      const { methods, specs } = checkLoaded(definition, loaded);
      this.#loaded = loaded;
      const { warmUp = {}, rowAxes = {} } = loaded;
      const digest = await digestOfModels(this.#digests, message.settings);
      const info = { methods, backends: this.#backends, digest, rowAxes, specs, warmUp };
      this.#port.post({ kind: "ready", ...info, metrics: this.#takeDelta() });
    } catch (error) {
      this.#port.post({ kind: "load-failed", error: sendable(error) });
    } finally {
      this.#busy = false;
    }
  }

  async #definition(message: LoadMessage): Promise<Runnable> {
    const { default: definition } = await this.#port.importModule(message);
    if (isRunnable(definition)) return definition;
    throw new TypeError(`The default export of ${message.module} must be what runnable() returns`);
  }

  #host({ threads, backend, gate }: LoadMessage): WorkerHost {
    const { compile } = this.#port;
    if (gate !== undefined) {
      this.#nativeGate = new WorkerGate(gate, () => this.#port.post({ kind: "left-native-code" }));
    }
    const ownGate = this.#nativeGate;
    return {
      threads,
      backend,
      compile: compile ?? ((wasm) => this.#compile(wasm)),
      sha256Of: (path, stamp) => this.#hash(path, stamp),
      opened: (name, digest) => {
        this.#backends.push(name);
        this.#digests.push(digest);
      },
      fail: (reason) => this.#port.post({ kind: "failed", reason }),
      warn: (text) => this.#port.post({ kind: "warning", text }),
      native: async (work) => await (ownGate === undefined ? work() : ownGate.run(work)),
    };
  }

  async #run({ id, method, input }: Run): Promise<void> {
    this.#sendMetrics(); // changes that are not part of this call
    this.#busy = true;
    let delta: MetricsDelta | undefined;
    try {
      const call = this.#loaded?.batched?.[method] ?? this.#loaded?.methods?.[method];
      if (call === undefined) throw new TypeError(`There is no method "${method}"`);
      const startedAt = performance.now();
      const { output, rowErrors } = takeRowErrors(await call(input));
      const { value, transfer } = pack(output);
      delta = this.#takeDelta();
      const ranMs = performance.now() - startedAt;
      const answer = { output: value, rowErrors, metrics: delta, ranMs };
      this.#port.post({ kind: "result", id, ...answer }, transfer);
    } catch (error) {
      // An output that cannot be cloned ends here too; the message names the value.
      const metrics = delta ?? this.#takeDelta();
      this.#port.post({ kind: "error", id, error: sendable(error), metrics });
    } finally {
      this.#busy = false;
    }
  }

  async #close(): Promise<void> {
    this.#nativeGate?.startClosing();
    try {
      await this.#loaded?.close?.();
    } finally {
      this.#port.post({ kind: "closed" });
    }
  }
}

function keyOf({ path, stamp }: StampedFile): string {
  return `${stamp} ${path}`;
}
