/**
 * Repository: the models of a catalog, loaded and ready to take calls.
 * @module
 */

import { checkCount } from "../check.ts";
import { messageOf, ServiceError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { CallOptions } from "../runner/call-options.ts";
import type { StartDefaults } from "../runner/runner-options.ts";
import {
  type DeclaredModel,
  type LoadParameters,
  type ModelControl,
  type ModelIndexEntry,
  type Models,
  type ModelUse,
  unknownModel,
} from "../service/models.ts";
import type { ServiceModels, ServiceRunner } from "../service/service-runner.ts";
import { declaredModels } from "./declared-models.ts";
import { LoadedVersion } from "./loaded-version.ts";
import { checkFiles, modelFiles } from "./model-files.ts";
import { indexOf } from "./model-index.ts";
import type { ModelLife } from "./model-life.ts";
import type { Overrides } from "./model-plan.ts";
import type { RepositoryOptions } from "./repository-options.ts";
import { RepositoryRun } from "./repository-run.ts";
import { usualVersion } from "./served-set.ts";
import { type FoundModel, UnloadedModel } from "./unloaded-model.ts";

/** The longest text of the settings of a load. */
const MAX_CONFIG = 1 << 20;

/** The codes of errors of a load that say nothing about the model. */
const OTHER_CODES = ["not_found", "unavailable", "resource_exhausted", "payload_too_large"];

/** The models of a catalog. */
export class Repository implements Models, ModelControl, ServiceModels {
  readonly name = "models";
  readonly control: ModelControl | undefined;
  readonly #options: RepositoryOptions;
  readonly #listeners = new Set<() => void>();
  #run: RepositoryRun | undefined;
  #isStarted = false;
  #declared: ReadonlyMap<string, DeclaredModel> = new Map();

  /** @throws RangeError for a number that is out of range */
  constructor(options: RepositoryOptions) {
    for (const option of ["maxModels", "loadsAtOnce", "maxWaitingCalls"] as const) {
      checkCount(option, options[option] ?? 1);
    }
    checkCount("drainMs", options.drainMs ?? 0, 0);
    this.#options = options;
    this.control = options.control === true ? this : undefined;
  }

  get ready(): boolean {
    return this.whyNotReady === undefined;
  }

  get whyNotReady(): string | undefined {
    const lives = this.#lives;
    if (!this.#isStarted) return "its models are loading";
    for (const { name, versions } of lives) {
      const waiting = versions.served?.live.find(({ version }) => !version.ready)?.version;
      if (waiting !== undefined) return `${name}: ${waiting.whyNotReady}`;
    }
    const broken = lives.filter(({ isServed, failure }) => !isServed && failure !== undefined);
    if (broken[0] === undefined) return undefined;
    if (this.#options.strictReadiness === true) return `${broken[0].name}: ${broken[0].failure}`;
    if (broken.length < lives.length) return undefined;
    return `none of its models can be loaded: ${broken[0].name}: ${broken[0].failure}`;
  }

  onReadyChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The models whose files have been read by `declare()`. */
  get declared(): ReadonlyMap<string, DeclaredModel> {
    return this.#declared;
  }

  /** Reads the tensors of the models from their files, for documents about them. */
  async declare(): Promise<void> {
    this.#declared = await declaredModels(this.#options.catalog);
  }

  async start(host?: Host, defaults?: StartDefaults): Promise<void> {
    const run = new RepositoryRun(this.#options, host, defaults, () => this.#notify());
    this.#run = run;
    try {
      await run.start();
    } catch (error) {
      await this.close();
      throw error;
    }
    if (this.#run !== run) throw new Error("The models were closed before they had started");
    this.#isStarted = true;
    this.#notify();
  }

  async close(graceMs?: number): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    this.#isStarted = false;
    this.#notify();
    await run?.close(graceMs);
  }

  async load(name: string, parameters: LoadParameters = {}): Promise<void> {
    const { config, files } = parameters;
    if (config !== undefined && config.length > MAX_CONFIG) {
      const text = `The settings of a load may have ${MAX_CONFIG} characters at most`;
      throw new ServiceError("payload_too_large", text);
    }
    if (files !== undefined) checkFiles(files);
    const run = this.#running;
    // Loads and unloads run in their order: nothing is awaited before one of a known model.
    let life = run.lives.get(name);
    try {
      life ??= await run.found(name, parameters);
      if (config === undefined && files === undefined) return await life.load();
      await life.load(() => this.#overrides(config, files));
    } catch (error) {
      run.forgetSent(name);
      // Triton's clients look for the words.
      const failed = `Model "${name}" failed to load`;
      if (error instanceof ServiceError && OTHER_CODES.includes(error.code)) {
        const { code, retryAfterSeconds: seconds } = error;
        const retry = seconds === undefined ? {} : { retryAfterSeconds: seconds };
        throw new ServiceError(code, `${failed}: ${error.message}`, { cause: error, ...retry });
      }
      const text = `${failed}: ${life?.failure ?? messageOf(error)}`;
      throw new ServiceError("failed_precondition", text, { cause: error });
    }
  }

  async unload(name: string): Promise<void> {
    const run = this.#running;
    await run.of(name).unload();
    run.forgetSent(name);
  }

  get runners(): readonly ServiceRunner[] {
    return this.#lives.flatMap(
      ({ versions }) => versions.served?.live.map(({ version }) => version.runner) ?? [],
    );
  }

  get names(): readonly string[] {
    return this.#lives
      .filter(({ isServed, isOnDemand }) => isServed || isOnDemand)
      .map(({ name }) => name);
  }

  versionsOf(name: string): readonly string[] {
    const { versions, known } = this.#served(name);
    return (versions.served ?? versions.remembered)?.versions ?? known;
  }

  find(name: string, version?: string): FoundModel {
    const life = this.#served(name);
    const { served, remembered } = life.versions;
    if (served !== undefined) {
      const usual = version ?? usualVersion(served.settings, served.versions);
      const live = served.choose(usual, {});
      if (live === undefined) throw unknownModel(name, version);
      return live.version;
    }
    const metadata = remembered?.find(version);
    const known = metadata?.version ?? version ?? life.known[0] ?? "1";
    const isKnown = remembered === undefined ? life.known.includes(known) : metadata !== undefined;
    if (!isKnown) throw unknownModel(name, version);
    const statistics = life.versions.statisticsOf(known);
    return new UnloadedModel({
      ...{ name, version: known, metadata, statistics },
      refusal: life.failure === undefined ? undefined : life.notServed(),
    });
  }

  prepare(name: string, version: string | undefined, call: CallOptions): Promise<void> | undefined {
    const { versions } = this.#served(name);
    if (versions.served !== undefined || versions.remembered !== undefined) return undefined;
    return (async () => (await this.use(name, version, call))[Symbol.dispose]())();
  }

  use(name: string, version: string | undefined, call: CallOptions): ModelUse | Promise<ModelUse> {
    const run = this.#running;
    const life = run.of(name);
    return life.use(version, call) ?? run.demands.use(life, version, call);
  }

  /** Returns a version that is loaded now, with what its workers say of it. */
  loaded(name: string): LoadedVersion {
    const found = this.find(name);
    if (found instanceof LoadedVersion) return found;
    throw new ServiceError("unavailable", `Model "${name}" is not loaded now`);
  }

  index(): readonly ModelIndexEntry[] {
    return this.#lives.flatMap(indexOf);
  }

  get #running(): RepositoryRun {
    if (this.#run !== undefined) return this.#run;
    throw new ServiceError("unavailable", "The models are not running");
  }

  get #lives(): readonly ModelLife[] {
    return [...(this.#run?.lives.values() ?? [])];
  }

  /** Returns a model that takes calls. */
  #served(name: string): ModelLife {
    const life = this.#run?.lives.get(name);
    if (life === undefined) throw unknownModel(name);
    if (life.isServed || life.isOnDemand) return life;
    throw life.notServed();
  }

  async #overrides(config: string | undefined, files: LoadParameters["files"]): Promise<Overrides> {
    if (files === undefined || files.size === 0) return { config };
    return { config, folder: await (this.#options.files ?? modelFiles).write(files) };
  }
}
