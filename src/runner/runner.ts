/**
 * Runner: the typed handle to a pool of workers that run one runnable.
 * @module
 */

import { checkCount, checkName } from "../check.ts";
import { ServiceError } from "../error.ts";
import type { Clock, Host } from "../host.ts";
import { type BatchOptions, batchSettings } from "./batch-options.ts";
import type { BatcherStats } from "./batch-record.ts";
import { Batcher } from "./batcher.ts";
import { Pool } from "./pool.ts";
import type { PoolStats } from "./pool-options.ts";
import type { MethodKinds } from "./protocol.ts";
import { isRunnable, type Methods, type Runnable } from "./runnable.ts";
import { warmUp } from "./warm-up.ts";

/** How one call may be taken back. */
export interface CallOptions {
  /** Aborted when the caller has gone or its deadline has passed: pass on the context's. */
  readonly signal?: AbortSignal | undefined;
}

/** The methods of a runnable as a caller sees them: the same argument, a promise of the result. */
export type Handles<M extends Methods> = {
  readonly [K in keyof M]: (
    input: Parameters<M[K]>[0],
    options?: CallOptions,
  ) => Promise<Awaited<ReturnType<M[K]>>>;
};

/** The state of a runner at one moment. */
export interface RunnerStats extends PoolStats {
  /** Each batched method. */
  readonly batchers: Readonly<Record<string, BatcherStats>>;
}

/** What a runner is, beside its methods. */
export interface RunnerControl {
  readonly name: string;
  /** True when at least one worker has loaded and the runner has not failed. */
  readonly ready: boolean;
  /** Why it is not ready, in a few words; `undefined` when it is. */
  readonly whyNotReady: string | undefined;
  /** Each method and whether it is batched; empty until the runner has started. */
  readonly methods: MethodKinds;
  /** The inference backends its sessions run on; empty until the runner has started. */
  readonly backends: readonly string[];
  /** How many workers it has when it is started on this host. */
  workersOn(host: Pick<Host, "cores">): number;
  /** Starts the workers and waits until all have loaded. `serve()` does this. */
  start(host: Host, defaults?: StartDefaults): Promise<void>;
  stats(): RunnerStats;
  /** Stops the workers; what still waits is answered with `unavailable`. */
  close(): Promise<void>;
}

/** What holds where neither the runner nor its runnable says otherwise. */
export interface StartDefaults {
  /** The inference backend: `auto`, `native`, `wasm` or `webgpu`. */
  readonly backend?: string | undefined;
  /** How the methods of a runner are batched, by its name. */
  readonly batchingOf?: ((runner: string) => BatchOptions) | undefined;
}

/** A runner: its methods, and its control. */
export type Runner<M extends Methods> = Handles<M> & RunnerControl;

/** The settings of a runner. */
export interface RunnerSettings {
  /** 1 to 63 of `a-z 0-9 - . _`. Default: the file name of the runnable. */
  readonly name?: string;
  /** Default: the cores left beside the main thread, at least 1, at most 4. */
  readonly workers?: number;
  /** Inference threads in each worker. Default 1; more only for a `multiThreaded` runnable. */
  readonly threads?: number;
  /**
   * How long a call or batch may run before its worker is replaced, in milliseconds, and the call
   * runs once more. Default 60,000.
   */
  readonly callTimeoutMs?: number;
  /** How long a worker may take to load, in milliseconds. Default 120,000. */
  readonly loadTimeoutMs?: number;
  /** How many calls of methods that are not batched may wait; then 503. Default 1,000. */
  readonly maxQueue?: number;
  /**
   * Threads that hung and could not be stopped (Deno), from which on the runner is not ready, for
   * a supervisor to start the process anew. Default: half of the machine's cores.
   */
  readonly maxLostThreads?: number;
  /** How its batched methods are batched. */
  readonly batch?: BatchOptions;
}

/** The settings, with those of single methods, and the parameters that the runnable wants. */
export type RunnerOptions<P, M extends Methods = Methods> = RunnerSettings & {
  /** What is different for one method. */
  readonly methods?: { readonly [K in keyof M]?: { readonly batch: BatchOptions } };
} & (undefined extends P ? { readonly params?: P } : { readonly params: P });

/**
 * Defines a runner. Nothing starts until `serve()` or `start()`.
 *
 * @param runnable the default export of the module that runs in the workers
 * @throws TypeError or RangeError for an option that cannot be
 *
 * @example
 * const classifier = runner(digits, { name: "mnist", workers: 2 });
 * const scores = await classifier.classify(pixels, { signal });
 */
export function runner<M extends Methods, P = undefined>(
  runnable: Runnable<M, P>,
  ...[options]: undefined extends P
    ? [options?: RunnerOptions<P, M>]
    : [options: RunnerOptions<P, M>]
): Runner<M> {
  if (!isRunnable(runnable)) {
    throw new TypeError(
      "Cannot define a runner: its first argument must be what runnable() returns, " +
        `but was ${runnable === null ? "null" : typeof runnable}`,
    );
  }
  const core = new RunnerCore(runnable as Runnable, options ?? {});
  const handles = new Map<string, unknown>();
  return new Proxy(core, {
    get(target, key) {
      if (key in target) return Reflect.get(target, key, target);
      // What `await` and JSON.stringify() look for is no method of a runnable.
      if (typeof key === "symbol" || NOT_METHODS.has(key)) return undefined;
      const known = handles.get(key);
      if (known !== undefined) return known;
      const handle = (input: unknown, callOptions?: CallOptions): Promise<unknown> =>
        target.call(key, input, callOptions);
      handles.set(key, handle);
      return handle;
    },
  }) as unknown as Runner<M>;
}

const NOT_METHODS: ReadonlySet<string> = new Set(["then", "toJSON"]);

const NOT_RUNNING: PoolStats = { ready: 0, running: 0, queued: 0, restarts: 0, lostThreads: 0 };

/** The part of a runner that does not depend on its types. */
class RunnerCore implements RunnerControl {
  readonly name: string;
  readonly #runnable: Runnable;
  readonly #options: RunnerOptions<unknown>;
  readonly #batchers = new Map<string, Batcher>();
  #pool: Pool | undefined;

  constructor(runnable: Runnable, options: RunnerOptions<unknown>) {
    this.name = checkName("runner", options.name ?? fileName(runnable.url));
    this.#runnable = runnable;
    this.#options = options;
    checkCount("workers", options.workers ?? 1);
    checkCount("callTimeoutMs", options.callTimeoutMs ?? 1);
    checkCount("loadTimeoutMs", options.loadTimeoutMs ?? 1);
    checkCount("maxQueue", options.maxQueue ?? 0, 0);
    checkCount("maxLostThreads", options.maxLostThreads ?? 1);
    batchSettings(options.batch);
    for (const method of Object.values(options.methods ?? {})) batchSettings(method?.batch);
    if (checkCount("threads", options.threads ?? 1) > 1 && !runnable.multiThreaded) {
      throw new RangeError(
        `Runner "${this.name}" asks for ${options.threads} threads, but its runnable uses one: ` +
          'declare it with runnable(url, load, { multiThreaded: true }), or use "workers"',
      );
    }
  }

  get ready(): boolean {
    return this.whyNotReady === undefined;
  }

  get whyNotReady(): string | undefined {
    return this.#pool === undefined ? "it is not running" : this.#pool.whyNotReady;
  }

  get methods(): MethodKinds {
    return this.#pool?.about.methods ?? {};
  }

  get backends(): readonly string[] {
    return this.#pool?.about.backends ?? [];
  }

  workersOn = ({ cores }: Pick<Host, "cores">): number =>
    this.#options.workers ?? Math.max(1, Math.min(4, cores - 1));

  start = async (host: Host, defaults: StartDefaults = {}): Promise<void> => {
    if (this.#pool !== undefined) throw new Error(`Runner "${this.name}" has been started already`);
    const { threads = 1, callTimeoutMs = 60_000, loadTimeoutMs = 120_000 } = this.#options;
    const pool = new Pool(host, {
      name: this.name,
      workers: this.workersOn(host),
      notIdempotent: this.#runnable.notIdempotent,
      callTimeoutMs,
      loadTimeoutMs,
      maxQueue: this.#options.maxQueue ?? 1_000,
      maxLostThreads: this.#options.maxLostThreads ?? Math.max(1, host.cores >> 1),
      onFailed: (error) => this.#refuseAll(error),
      load: {
        module: this.#runnable.url,
        runner: this.name,
        threads,
        backend: defaults.backend,
        params: this.#options.params,
      },
    });
    this.#pool = pool;
    try {
      await pool.start();
      this.#checkMethods(pool.about.methods);
      this.#openBatchers(pool, host.clock, defaults.batchingOf?.(this.name));
      await warmUp(this.name, pool, this.#batchers, host.clock);
    } catch (error) {
      await this.close();
      throw error;
    }
  };

  stats = (): RunnerStats => ({
    ...(this.#pool?.stats() ?? NOT_RUNNING),
    batchers: Object.fromEntries(
      [...this.#batchers].map(([method, batcher]) => [method, batcher.stats()]),
    ),
  });

  close = async (): Promise<void> => {
    const pool = this.#pool;
    this.#pool = undefined;
    this.#refuseAll(new ServiceError("unavailable", `Runner "${this.name}" is shutting down`));
    await pool?.close();
  };

  /** Answers what waits, and leaves later calls to the pool, which refuses them. */
  #refuseAll(error: ServiceError): void {
    for (const batcher of this.#batchers.values()) batcher.close(error);
    this.#batchers.clear();
  }

  call = async (method: string, input: unknown, options: CallOptions = {}): Promise<unknown> => {
    const pool = this.#pool;
    if (pool === undefined) {
      throw new ServiceError("unavailable", `Runner "${this.name}" is not running`);
    }
    // A failed pool knows no methods: its refusal says why, where "no method" would mislead.
    const { methods } = pool.about;
    if (pool.ready && !Object.hasOwn(methods, method)) {
      throw new TypeError(
        `Runner "${this.name}" has no method "${method}"; it has ` +
          Object.keys(methods).join(", "),
      );
    }
    const batcher = this.#batchers.get(method);
    return await (batcher?.call(input, options.signal) ?? pool.run(method, input, options.signal));
  };

  #openBatchers(pool: Pool, clock: Clock, defaults: BatchOptions | undefined): void {
    const { batch, methods = {} } = this.#options;
    for (const [method, kind] of Object.entries(pool.about.methods)) {
      if (kind !== "batched") continue;
      const settings = batchSettings(methods[method]?.batch, batch, defaults);
      const idempotent = !this.#runnable.notIdempotent.includes(method);
      const context = { runner: this.name, method, settings, idempotent, workers: pool, clock };
      const batcher = new Batcher(context);
      this.#batchers.set(method, batcher);
      pool.attach(batcher);
    }
  }

  #checkMethods(methods: MethodKinds): void {
    const names = Object.keys(methods);
    if (names.length === 0) {
      throw new TypeError(
        `The runnable of runner "${this.name}" has no methods: load() must return at least one ` +
          'in "batched" or "methods"',
      );
    }
    const taken = names.find((name) => NOT_METHODS.has(name) || name in this);
    if (taken === undefined) return;
    throw new TypeError(
      `The runnable of runner "${this.name}" has a method "${taken}", which is the runner's own: ` +
        "give it another name",
    );
  }
}

/** `digits` for `file:///app/digits.ts`. */
function fileName(url: string): string {
  const last = url.slice(url.lastIndexOf("/") + 1);
  return last.replace(/\.[^.]*$/, "").toLowerCase();
}
