/**
 * ModelLife: one model of a repository: its loads and unloads, one after the other, and the calls
 * that use its versions meanwhile.
 *
 * A model is served, or on demand (its next call loads it), or neither: it has been unloaded, or
 * its load has failed. A load starts the new versions beside those that serve, and then switches.
 * @module
 */

import { messageOf, ServiceError } from "../error.ts";
import { RetryDelay } from "../retry-delay.ts";
import type { CallOptions } from "../runner/call-options.ts";
import { type ModelUse, unknownModel } from "../service/models.ts";
import type { ModelFiles } from "./model-files.ts";
import { type Overrides, planOf } from "./model-plan.ts";
import type { BrokenModel, Catalog, FoundModel } from "./model-settings.ts";
import { ModelVersions, type VersionsContext } from "./model-versions.ts";
import { NoRoomError, type Room, type Tenant } from "./room.ts";
import { Serial } from "./serial.ts";

/** The parts of a repository that its models share. */
export interface LifeContext extends VersionsContext {
  readonly catalog: Catalog;
  readonly files: Pick<ModelFiles, "stampOf">;
  readonly room: Room;
  /** Called when readiness may have changed. */
  changed(): void;
}

/** The delays until a load that has failed is tried again for a call, in milliseconds. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** One model. */
export class ModelLife implements Tenant {
  readonly name: string;
  readonly versions: ModelVersions;
  readonly #context: LifeContext;
  readonly #serial: Serial;
  readonly #retry = new RetryDelay(FIRST_RETRY_MS, LAST_RETRY_MS);
  #retryAt = Number.NEGATIVE_INFINITY;
  #overrides: Overrides = {};
  /** The load that waits for its turn, which later loads share. */
  #next: Promise<void> | undefined;
  /** The load for the calls that wait for it. */
  #demanded: Promise<void> | undefined;
  #known: readonly string[] = [];
  #waitingCalls = 0;
  #isLoading = false;
  #isClosed = false;
  #isLoadedForCalls: boolean;

  constructor(name: string, context: LifeContext) {
    this.name = name;
    this.#context = context;
    this.versions = new ModelVersions(name, context);
    this.#serial = new Serial(name);
    this.#isLoadedForCalls = context.room.isBounded;
  }

  /** The versions that were found last, whether they are served or not. */
  get known(): readonly string[] {
    return this.#known;
  }

  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** True while it is loaded or unloaded, or is to be. */
  get isBusy(): boolean {
    return this.#serial.isBusy;
  }

  get isServed(): boolean {
    return this.versions.served !== undefined;
  }

  /** True if its next call loads it. */
  get isOnDemand(): boolean {
    return !this.isServed && this.#isLoadedForCalls && !this.#isClosed;
  }

  get isEvictable(): boolean {
    const { served } = this.versions;
    if (served === undefined || this.#waitingCalls > 0 || this.#serial.isBusy) return false;
    return served.live.every(({ leases }) => leases.count === 0);
  }

  /** The reason why it could not be loaded; undefined if it could, or has not been tried. */
  get failure(): string | undefined {
    const { failures } = this.versions;
    if (failures.size === 0) return undefined;
    const each = [...failures].map(([version, reason]) =>
      version === "" ? reason : `version ${version}: ${reason}`,
    );
    return each.join("; ");
  }

  /** Records what a catalog lists. */
  listed(model: FoundModel | BrokenModel): void {
    if ("reason" in model) this.versions.failures.set("", model.reason);
    else this.#known = model.versions.map(({ version }) => version);
  }

  /**
   * Loads it as it is now: after the load under way, if there is one. Loads that wait for their
   * turn are one.
   *
   * @param overrides makes what replaces its files, when its turn has come; the folder is removed
   *   when it is not used any more
   * @throws Error with the reason; the versions that serve go on
   */
  load(overrides?: () => Promise<Overrides>): Promise<void> {
    if (overrides !== undefined) {
      this.#next = undefined;
      return this.#run(async () => this.#load(await overrides()));
    }
    if (this.#next !== undefined) return this.#next;
    const next = this.#run(() => {
      if (this.#next === next) this.#next = undefined;
      return this.#load({});
    });
    this.#next = next;
    return next;
  }

  /** Takes note of a change of its files, which its next call loads. */
  note(): Promise<void> {
    return this.#run(async () => {
      if (this.isServed) return;
      this.versions.forget();
      this.versions.failures.clear();
      try {
        const plan = await planOf(this.name, this.#context.catalog, this.#context.files);
        this.listed(plan.model);
        this.#retry.reset();
      } catch (error) {
        this.#failed(error);
        throw error;
      }
    });
  }

  /** Loads it for calls, unless it is loaded: once for all that wait. */
  demand(): Promise<void> {
    this.#demanded ??= this.#run(async () => {
      this.#demanded = undefined;
      if (this.isServed) return;
      const refusal = this.refusal(); // another call's load may have failed meanwhile
      if (refusal !== undefined) throw refusal;
      await this.#load(this.#overrides);
    });
    return this.#demanded;
  }

  /** Unloads it, when its calls have ended, until it is loaded. */
  unload(): Promise<void> {
    this.#next = undefined;
    return this.#run(async () => {
      this.#isLoadedForCalls = false;
      await this.#end();
      this.versions.failures.clear();
      this.versions.forget();
      await this.#keep({});
    });
  }

  /** Unloads it until its next call. */
  evict(): Promise<void> {
    this.#context.metrics?.evicted(this.name);
    return this.#run(() => this.#end());
  }

  /** Ends everything now. @param graceMs how long to wait for workers that cannot be stopped */
  async close(graceMs?: number): Promise<void> {
    this.#isClosed = true;
    await this.versions.close(graceMs);
    await this.#keep({});
  }

  /**
   * Begins a use of a version for a call; returns undefined if it has to be loaded first.
   *
   * @throws ServiceError `not_found` if there is no such version, or the model has been unloaded;
   *   `unavailable` if it cannot be loaded
   */
  use(requested: string | undefined, call: CallOptions): ModelUse | undefined {
    const { served } = this.versions;
    if (served === undefined) {
      if (this.isOnDemand) return undefined;
      throw this.notServed();
    }
    const live = served.choose(requested, call);
    if (live === undefined) throw unknownModel(this.name, requested);
    this.#context.room.touch(this);
    return live.leases.take(live.version);
  }

  /** Keeps it loaded for a call that waits for it, until the result is disposed of. */
  expect(): Disposable {
    this.#waitingCalls += 1;
    return {
      [Symbol.dispose]: () => {
        this.#waitingCalls -= 1;
        this.#context.room.changed();
      },
    };
  }

  /** Returns the error of a call while a load that has failed is not tried again. */
  refusal(): ServiceError | undefined {
    const waitMs = this.#retryAt - this.#context.clock.now();
    return waitMs > 0 && this.failure !== undefined ? this.#cannotLoad(waitMs) : undefined;
  }

  /** Returns the error of a call of a model that is not loaded for it. */
  notServed(): ServiceError {
    if (this.failure !== undefined) return this.#cannotLoad(FIRST_RETRY_MS);
    if (!this.#isLoading) {
      const text = `Request for unknown model: "${this.name}" is not loaded`;
      return new ServiceError("not_found", text);
    }
    const text = `Model "${this.name}" is not served: it is loading`;
    return new ServiceError("unavailable", text, { retryAfterSeconds: 1 });
  }

  #cannotLoad(waitMs: number): ServiceError {
    const text = `Model "${this.name}" cannot be loaded: ${this.failure}`;
    return new ServiceError("unavailable", text, { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }

  #run(operation: () => Promise<void>): Promise<void> {
    const run = this.#serial.run(async () => {
      if (this.#isClosed) {
        throw new ServiceError("unavailable", `Model "${this.name}" is not loaded: it shuts down`);
      }
      await operation();
    });
    run.catch(() => {}); // not every load has somebody who waits for it
    // What waits for a model that is idle looks again.
    void run.catch(() => {}).finally(() => this.#context.room.changed());
    return run;
  }

  async #load(overrides: Overrides): Promise<void> {
    const { catalog, files, room, changed, drainMs } = this.#context;
    this.#isLoading = true;
    changed();
    try {
      await this.versions.ended(); // so that at most two generations are loaded
      this.versions.failures.clear();
      const plan = await planOf(this.name, catalog, files, overrides);
      this.#known = plan.model.versions.map(({ version }) => version);
      await room.enter(this, drainMs);
      const failed = await this.versions.switchTo(plan);
      this.#isLoadedForCalls = room.isBounded;
      await this.#keep(overrides);
      if (failed !== undefined) throw failed;
      this.#retry.reset();
    } catch (error) {
      if (!(error instanceof NoRoomError)) this.#failed(error);
      if (overrides !== this.#overrides) await overrides.folder?.remove();
      throw error;
    } finally {
      this.#isLoading = false;
      if (!this.isServed) room.leave(this);
      changed();
    }
  }

  #failed(error: unknown): void {
    const { failures } = this.versions;
    if (failures.size === 0) failures.set("", messageOf(error));
    this.#retryAt = this.#context.clock.now() + this.#retry.next();
  }

  async #end(): Promise<void> {
    await this.versions.end();
    this.#context.room.leave(this);
    this.#context.changed();
  }

  /** Keeps the files that it has been loaded with, and removes those of before. */
  async #keep(overrides: Overrides): Promise<void> {
    const old = this.#overrides;
    this.#overrides = overrides;
    if (old.folder === undefined || old.folder === overrides.folder) return;
    await this.versions.ended();
    await old.folder.remove();
  }
}
