/**
 * RunnerCore: a runner without the types of its methods: its start, its calls, and its end.
 * @module
 */

import { host as ownHost } from "#host";
import { suggestion } from "../check.ts";
import type { Clock } from "../clock.ts";
import { httpStatus, ServiceError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { MethodKinds, SpecsByName } from "../worker/protocol.ts";
import { type Runnable, whyNoImport } from "../worker/runnable.ts";
import { type BatchSettings, batchSettings, unbatchedSettings } from "./batching/batch-options.ts";
import { Batcher } from "./batching/batcher.ts";
import { type CallOptions, checkCallOptions } from "./call-options.ts";
import { checkMethods } from "./check-methods.ts";
import { KeptWorkers } from "./kept-workers.ts";
import type { RunnerEvents } from "./metrics/runner-events.ts";
import { gaugesOf, openMetrics, RunnerMetrics } from "./metrics/runner-metrics.ts";
import { withTrace } from "./metrics/runner-trace.ts";
import { Pool } from "./pool/pool.ts";
import type { PoolStats } from "./pool/pool-options.ts";
import { rowSettings } from "./rows/row-settings.ts";
import { openRows } from "./rows/row-specs.ts";
import type { RunnerControl, RunnerStats } from "./runner-control.ts";
import { shuttingDown } from "./runner-error.ts";
import { RunnerModel } from "./runner-model.ts";
import { checkRunnerOptions, type RunnerOptions, type StartDefaults } from "./runner-options.ts";
import { type StartSettings, startSettings, tellStart } from "./start-settings.ts";
import { warmUp } from "./warm-up.ts";
import { checkThreads } from "./worker-count.ts";

const NOT_RUNNING: PoolStats = { ready: 0, running: 0, queued: 0, restarts: 0, lostThreads: 0 };

/** A runner without the types of its methods. */
export class RunnerCore implements RunnerControl {
  readonly name: string;
  readonly #runnable: Runnable;
  readonly #options: RunnerOptions<unknown>;
  readonly #batchers = new Map<string, Batcher>();
  /** Every batcher, including those that ran the calls of batched methods before the start. */
  readonly #opened = new Set<Batcher>();
  readonly #listeners = new Set<() => void>();
  readonly #model: RunnerModel;
  #pool: Pool | undefined;
  #isolate: Host["isolate"];
  #clock: Clock = ownHost.clock;
  /** True once every worker has loaded and the warm-up is over. */
  #isWarm = false;
  #metrics: Partial<RunnerEvents> | undefined;
  #specs: SpecsByName = {};
  /** True once `start()` has been called. */
  isStarted = false;

  constructor(runnable: Runnable, options: RunnerOptions<unknown>) {
    this.name = options.name ?? fileName(runnable.url);
    checkRunnerOptions(this.name, options);
    this.#runnable = runnable;
    this.#options = options;
    this.#model = new RunnerModel(options.model?.name ?? this.name, () => this.digest);
    checkThreads(this.name, options.threads, runnable);
    tellStart(this, (host, defaults) => this.#settingsOf(host, defaults));
  }

  #settingsOf(host: Host, defaults: StartDefaults): StartSettings {
    const what = { name: this.name, runnable: this.#runnable };
    return startSettings(what, this.#options, host, defaults);
  }

  get ready(): boolean {
    return this.whyNotReady === undefined;
  }

  get whyNotReady(): string | undefined {
    if (this.#pool === undefined) return "it is not running";
    return this.#pool.whyNotReady ?? (this.#isWarm ? undefined : "it is loading");
  }

  get methods(): MethodKinds {
    return this.#pool?.info.methods ?? {};
  }

  get specs(): SpecsByName {
    return this.#specs;
  }

  get digest(): string | undefined {
    return this.#pool?.info.digest;
  }

  get backends(): readonly string[] {
    return this.#pool?.info.backends ?? [];
  }

  start = async (given?: Host, defaults: StartDefaults = {}): Promise<void> => {
    this.isStarted = true;
    const host: Host = given ?? ownHost;
    this.#isolate = host.isolate;
    this.#clock = host.clock;
    const settings = this.#settingsOf(host, defaults);
    const { executor } = settings;
    const maxMemoryMb = settings.maxMemoryMb.value;
    if (maxMemoryMb !== undefined && executor.limitsMemory !== true) {
      throw new Error(
        `Runner "${this.name}" cannot start its workers: maxMemoryMb is for isolation "process", ` +
          `and its isolation is "${executor.name}"`,
      );
    }
    const reason = executor.importsModules ? whyNoImport(this.#runnable.url) : undefined;
    if (reason !== undefined) {
      throw new Error(`Runner "${this.name}" cannot start its workers: ${reason}`);
    }
    if (this.#pool !== undefined) {
      throw new Error(
        `Runner "${this.name}" has been started already: by its start(), or by another service ` +
          "that lists it. One service at a time may start it",
      );
    }
    const { model = {} } = this.#options;
    const metrics = openMetrics(this.name, defaults.metricsOf?.(this.name), model);
    const events = withTrace(metrics, defaults.traceOf?.(this.name));
    this.#metrics = events;
    const { loadTimeoutMs = 120_000 } = this.#options;
    const pool = new Pool(host.clock, {
      name: this.name,
      executor,
      runnable: this.#runnable,
      workers: settings.workers.value,
      maxMemoryMb,
      notIdempotent: this.#runnable.notIdempotent,
      callTimeoutMs: settings.callTimeoutMs.value,
      loadTimeoutMs,
      maxLostThreads: this.#options.maxLostThreads ?? Math.max(1, host.cores >> 1),
      events,
      onReadyChange: () => this.#notify(),
      onFailed: (error) => this.#refuseAll(error),
      load: {
        module: this.#runnable.url,
        runner: this.name,
        threads: settings.threads.value,
        backend: settings.backend.value,
        params: this.#options.params,
        settings: model.settings === undefined ? undefined : JSON.stringify(model.settings),
      },
    });
    this.#pool = pool;
    try {
      await pool.start();
      checkMethods(this.name, pool.info.methods, this.#options.methods, this);
      this.#openBatchers(pool, settings);
      this.#specs = openRows(this.name, pool.info.specs, this.#batchers);
      if (metrics instanceof RunnerMetrics)
        metrics.show(Object.keys(this.methods), gaugesOf(pool, this.#batchers));
      await warmUp(this.name, pool, this.#batchers, host.clock);
      this.#isWarm = true;
      this.#notify();
    } catch (error) {
      await this.close();
      throw error;
    }
  };

  stats = (): RunnerStats => ({
    isolation: this.#pool?.isolation,
    ...(this.#pool?.stats() ?? NOT_RUNNING),
    batchers: Object.fromEntries(
      [...this.#batchers]
        .filter(([, { isBatched }]) => isBatched)
        .map(([method, batcher]) => [method, batcher.stats()]),
    ),
  });

  onReadyChange = (listener: () => void): void => {
    this.#listeners.add(listener);
  };

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  close = async (graceMs?: number): Promise<void> => {
    const [pool, events] = [this.#pool, this.#metrics];
    this.#pool = undefined;
    this.#specs = {};
    this.#isWarm = false;
    this.#notify();
    this.#refuseAll(shuttingDown(this.name));
    await pool?.close(graceMs);
    events?.closed?.();
  };

  /** Fails the calls that wait. Later ones go to the pool, which refuses them. */
  #refuseAll(error: ServiceError): void {
    for (const batcher of this.#opened) batcher.close(error);
    this.#opened.clear();
    this.#batchers.clear();
  }

  call = async (method: string, input: unknown, given?: CallOptions): Promise<unknown> => {
    const options = checkCallOptions(`${this.name}.${method}()`, given);
    const pool = this.#pool;
    if (pool === undefined) {
      throw new ServiceError("unavailable", this.#whyNotRunning());
    }
    // A failed pool has no methods: its own error says more than "no method".
    const { methods } = pool.info;
    if (pool.ready && !Object.hasOwn(methods, method)) {
      throw new TypeError(
        `Runner "${this.name}" has no method "${method}": ` +
          suggestion(method, Object.keys(methods), "it has"),
      );
    }
    const model = this.#model.begin(pool.info.digest, options);
    const batcher = this.#batcherOf(method, pool);
    const weighing = batcher.isBatched ? batcher.settings : undefined;
    const ended = this.#metrics?.called?.(method, input, options, weighing);
    try {
      const answer = batcher.call(input, options);
      const output = await (this.#isolate?.wait(answer) ?? answer);
      if (model !== undefined) this.#model.end(model, pool.info.digest, options);
      ended?.(200);
      return output;
    } catch (error) {
      ended?.(httpStatus(ServiceError.from(error).code));
      throw error;
    }
  };

  #whyNotRunning(): string {
    if (this.isStarted) return `Runner "${this.name}" is not running: it has been closed`;
    return (
      `Runner "${this.name}" is not running: list it in "runners" of the service whose handlers ` +
      "call it, or call its start()"
    );
  }

  #openBatchers(pool: Pool, { batch, methods }: StartSettings): void {
    for (const [method, kind] of Object.entries(pool.info.methods)) {
      if (kind !== "batched") continue;
      const axes = pool.info.rowAxes?.[method];
      const layers = methods.get(method) ?? batch;
      const given = {
        ...batchSettings(...layers.map(([, options]) => options)),
        ...(axes === undefined ? {} : { axisIn: axes.input, axisOut: axes.output }),
      };
      const specs = pool.info.specs?.[method];
      const of = { runner: this.name, method, runnable: this.#runnable, axes: given, specs };
      const settings = { ...given, ...rowSettings(of) };
      this.#open(method, pool, settings, true);
    }
  }

  /** Opens the queues of a method. */
  #open(method: string, pool: Pool, settings: BatchSettings, isBatched: boolean): Batcher {
    const { notIdempotent, notSplittable } = this.#runnable;
    const batcher = new Batcher({
      runner: this.name,
      method,
      settings,
      isBatched,
      idempotent: !notIdempotent.includes(method),
      splittable: !notSplittable.includes(method),
      workers: this.#isolate === undefined ? pool : new KeptWorkers(pool, this.#isolate),
      clock: this.#clock,
      events: this.#metrics,
    });
    this.#batchers.set(method, batcher);
    this.#opened.add(batcher);
    for (const queue of batcher.queues) pool.attach(queue);
    return batcher;
  }

  /** Returns the queues of a method. Before it is known to be batched, it runs its calls alone. */
  #batcherOf(method: string, pool: Pool): Batcher {
    const { maxQueueRows } = this.#options;
    return (
      this.#batchers.get(method) ?? this.#open(method, pool, unbatchedSettings(maxQueueRows), false)
    );
  }
}

/** Returns `digits` for `file:///app/digits.ts`. */
function fileName(url: string): string {
  const last = url.slice(url.lastIndexOf("/") + 1);
  return last.replace(/\.[^.]*$/, "").toLowerCase() || "runner";
}
