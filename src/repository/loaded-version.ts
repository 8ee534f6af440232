/**
 * LoadedVersion: one version of a model of a repository, with the runner that runs it.
 * @module
 */

import { host as ownHost } from "#host";
import { ServiceError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { BackendVerdict } from "../onnx/comparison/backends.ts";
import { adaptive } from "../runner/batching/batch-options.ts";
import type { CallOptions } from "../runner/call-options.ts";
import { type Runner, runner } from "../runner/runner.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import { counted } from "../service/counted-call.ts";
import { StatisticsCounter } from "../service/model-statistics.ts";
import type { NamedTensors, RowAxesByName, ServedModel } from "../service/models.ts";
import type { ServiceRunner } from "../service/service-runner.ts";
import type { TensorSpec } from "../tensor.ts";
import type { BatchChoice } from "./batch-choice.ts";
import { checkDeclared } from "./declared-tensors.ts";
import { ModelCache } from "./model-cache.ts";
import model, {
  type ModelDescription,
  type ModelMethods,
  type ModelParams,
} from "./model-runnable.ts";
import type { FoundVersion, ModelSettings } from "./model-settings.ts";
import { onceMemory } from "./once.ts";
import { innerTensors, outerShapes, outerSpecs, outerTensors } from "./reshape.ts";
import type { RunningVersion } from "./served-set.ts";
import { ModelTrials, type TrialOptions } from "./trials.ts";

/** The batching of the calls of a model. */
export interface ModelBatching {
  readonly choice: BatchChoice;
  /** True if the configuration switches batching off and the flag overrides it. */
  readonly overridesOff: boolean;
  /** False if the workers share no memory, since they are processes. Default true. */
  readonly sharesMemory?: boolean;
}

/** The parts of a `LoadedVersion`. */
export interface VersionOptions {
  /** The name of the model. */
  readonly name: string;
  readonly found: FoundVersion;
  readonly settings: ModelSettings;
  /** The name of its runner in the metrics and in the configuration. */
  readonly runner: string;
  readonly batching: ModelBatching;
  /** Where its workers run, and the settings of their start. */
  readonly host?: Host | undefined;
  readonly defaults?: StartDefaults | undefined;
  /** The trials before it is loaded. Default: none of its backends. */
  readonly trials?: TrialOptions | undefined;
  /** Counts what it does. Default: from the beginning. */
  readonly statistics?: StatisticsCounter;
}

/** One version of a model. */
export class LoadedVersion implements RunningVersion {
  readonly name: string;
  readonly version: string;
  readonly platform = "onnxruntime_onnx";
  readonly statistics: StatisticsCounter;
  readonly #settings: ModelSettings;
  readonly #pool: Runner<ModelMethods>;
  readonly #params: ModelParams & { known?: ModelParams["known"] };
  readonly #trials: ModelTrials | undefined;
  #backendVerdict: BackendVerdict | undefined;
  readonly #cache: ModelCache | undefined;
  readonly #host: Host | undefined;
  readonly #defaults: StartDefaults | undefined;
  #description: ModelDescription | undefined;
  #isClosed = false;

  constructor(options: VersionOptions) {
    const { name, found, settings, runner: runnerName, batching } = options;
    this.name = name;
    this.statistics = options.statistics ?? new StatisticsCounter();
    this.#host = options.host;
    this.#defaults = options.defaults;
    this.version = found.version;
    this.#settings = settings;
    const { choice, overridesOff, sharesMemory = true } = batching;
    const batch = settings.batch ?? choice;
    const { workers, threads, batching: given, warmUp } = settings;
    // Shared memory cannot be freed, and collectors may leave it for hundreds of loads.
    const verdict = sharesMemory && workers !== 1 ? onceMemory() : undefined;
    const { cache, deterministic = true } = settings;
    if (cache !== undefined && deterministic) this.#cache = new ModelCache(this, cache);
    this.#params = {
      ...{ url: found.url.href, batch, verdict },
      ...(warmUp === undefined ? {} : { warmUp }),
    };
    this.#trials =
      options.trials && new ModelTrials(found.url, options.host ?? ownHost, options.trials);
    this.#pool = runner(model, {
      name: runnerName,
      params: this.#params,
      batch: given ?? (overridesOff ? { strategy: adaptive() } : {}),
      optional: true,
      model: { name, version: found.version, settings: answerSettings(settings) },
      ...(workers === undefined ? {} : { workers }),
      ...(threads === undefined ? {} : { threads }),
    });
  }

  /**
   * Starts its workers, and waits until they are warm.
   *
   * @throws Error when the model cannot be opened
   */
  async start(): Promise<void> {
    const [backend, kept] = await Promise.all([this.#backend(), this.#trials?.batching()]);
    if (kept !== undefined) this.#params.known = kept;
    const defaults = backend === undefined ? this.#defaults : { ...this.#defaults, backend };
    await this.#pool.start(this.#host, defaults);
    const description = await this.#pool.describe(undefined);
    checkDeclared(this.#settings, description);
    this.#description = description;
    this.#cache?.show(defaults?.metricsOf?.(this.#pool.name));
    const { reason, rowAxes } = description.batching;
    // Spares later workers the trial.
    if (this.#params.verdict === undefined) this.#params.known = { reason, rowAxes };
    // Not a doubt: it may have come from a lack of time.
    const isKept = this.#params.batch === "auto" && kept === undefined && rowAxes !== undefined;
    if (isKept) await this.#trials?.keepBatching({ reason, rowAxes });
  }

  /** Returns the backend of the settings, or else the one that a trial chooses, if there is one. */
  async #backend(): Promise<string | undefined> {
    const configured = this.#defaults?.settingsOf?.(this.#pool.name);
    const { backend: own = this.#defaults?.backend ?? "auto", threads = 1 } = this.#settings;
    const backend = configured?.backend ?? own;
    if (backend !== "auto" || this.#trials === undefined) return backend;
    this.#backendVerdict = await this.#trials.backend(configured?.threads ?? threads);
    return this.#backendVerdict?.backend ?? backend;
  }

  /** Stops its workers. @param graceMs how long to wait for those that cannot be stopped */
  async close(graceMs?: number): Promise<void> {
    this.#isClosed = true;
    await this.#pool.close(graceMs);
    this.#cache?.close();
  }

  /** The runner of its workers. */
  get runner(): ServiceRunner {
    return this.#pool;
  }

  /** Adds a function to call whenever readiness may have changed. */
  onReadyChange(listener: () => void): void {
    this.#pool.onReadyChange(listener);
  }

  /** What the workers say of the model. @throws Error before it has started */
  get description(): ModelDescription {
    if (this.#description !== undefined) return this.#description;
    throw new Error(`Model "${this.name}" has not been loaded`);
  }

  get ready(): boolean {
    return this.#description !== undefined && this.#pool.ready;
  }

  get whyNotReady(): string | undefined {
    return (
      this.#pool.whyNotReady ?? (this.#description === undefined ? "it is loading" : undefined)
    );
  }

  get digest(): string | undefined {
    return this.#pool.digest;
  }

  get inputs(): readonly TensorSpec[] {
    return outerSpecs(this.description.inputs, this.#settings.reshapes);
  }

  get outputs(): readonly TensorSpec[] {
    return outerSpecs(this.description.outputs, this.#settings.reshapes);
  }

  get rowAxes(): RowAxesByName | undefined {
    return this.description.batching.rowAxes;
  }

  get maxBatchSize(): number {
    return this.rowAxes === undefined
      ? 0
      : (this.#pool.stats().batchers["predict"]?.maxBatchSize ?? 0);
  }

  get formats(): ServedModel["formats"] {
    return this.#settings.formats;
  }

  get maxCallRows(): number | undefined {
    const { batch, batching } = this.#settings;
    if (batch !== "off" || ![...this.inputs, ...this.outputs].every(hasOpenRows)) return undefined;
    return batching?.maxBatchSize;
  }

  get exampleShapes(): ServedModel["exampleShapes"] {
    const { exampleShapes } = this.description;
    return exampleShapes && outerShapes(exampleShapes, this.#settings.reshapes);
  }

  get classLabels(): Readonly<Record<string, readonly string[]>> {
    const { "": first, ...named } = this.#settings.classLabels ?? {};
    const [output] = this.outputs;
    return first === undefined || output === undefined ? named : { [output.name]: first, ...named };
  }

  get properties(): Readonly<Record<string, string>> {
    const { backend, batching } = this.description;
    const { digest } = this;
    const verdict = this.#backendVerdict;
    return {
      backend,
      ...(verdict === undefined
        ? {}
        : { backend_choice: verdict.reason, backend_figures: JSON.stringify(verdict.figures) }),
      batching: batching.reason,
      ...(digest === undefined ? {} : { digest }),
    };
  }

  run(
    inputs: NamedTensors,
    call?: CallOptions,
    outputs?: readonly string[],
  ): Promise<NamedTensors> {
    const run = (limits: CallOptions | undefined): Promise<NamedTensors> =>
      counted(this.statistics, limits, (options) => this.#run(inputs, options, outputs));
    return this.#cache === undefined
      ? run(call)
      : this.#cache.run(inputs, outputs, call ?? {}, run);
  }

  async #run(
    inputs: NamedTensors,
    call: CallOptions,
    outputs: readonly string[] | undefined,
  ): Promise<NamedTensors> {
    const { reshapes } = this.#settings;
    const called = await this.#call(innerTensors(inputs, reshapes), call);
    const answer = outerTensors(called, reshapes);
    if (outputs === undefined) return answer;
    return Object.fromEntries(
      outputs.flatMap((name) => {
        const found = answer[name];
        return found === undefined ? [] : [[name, found] as const];
      }),
    );
  }

  async #call(inputs: NamedTensors, call: CallOptions): Promise<NamedTensors> {
    const joins = hasRows(inputs, this.rowAxes?.input ?? {});
    try {
      return joins
        ? await this.#pool.predict(inputs, call)
        : await this.#pool.predictAlone(inputs, call);
    } catch (error) {
      // The runner says that it shuts down, which the server does not.
      if (!this.#isClosed || !isUnavailable(error)) throw error;
      const text = `Version ${this.version} of model "${this.name}" was unloaded before the answer`;
      throw new ServiceError("unavailable", text, { cause: error, retryAfterSeconds: 1 });
    }
  }
}

/** Returns true for a tensor whose first axis has any length. */
function hasOpenRows({ shape }: TensorSpec): boolean {
  return typeof shape?.[0] === "string";
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "unavailable";
}

/** Returns the settings that change the answers of a model; undefined for none. */
function answerSettings({ classLabels = {}, reshapes }: ModelSettings): unknown {
  const labels = Object.entries(classLabels).sort(([one], [other]) => (one < other ? -1 : 1));
  if (labels.length === 0 && reshapes === undefined) return undefined;
  return { ...(labels.length > 0 && { classLabels: Object.fromEntries(labels) }), reshapes };
}

/**
 * Returns true for a call with the same number of rows in every input that carries rows. Any other
 * may still be valid, where the model broadcasts; if not, the session reports the error.
 */
function hasRows(inputs: NamedTensors, rowAxes: Readonly<Record<string, number>>): boolean {
  const counts = Object.entries(rowAxes).map(([name, axis]) => inputs[name]?.shape[axis]);
  return counts.every((rows) => rows !== undefined && rows === counts[0]);
}
