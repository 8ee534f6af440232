/**
 * ServiceRun: one run of a service, from its start to its stop: the order of hooks and runners.
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { log } from "../log.ts";
import { type HookName, type Hooks, runHook } from "./hooks.ts";
import type { ServiceRunner } from "./service-runner.ts";

/** The parts of a service that start and stop. */
export interface RunParts {
  /** The name of the service, for messages. */
  readonly name: string;
  readonly hooks: Hooks;
  readonly hookTimeoutMs: number;
  readonly runners: readonly ServiceRunner[];
}

/** The steps between the hooks of a start. */
export interface StartSteps {
  /** Called after `onStart`, before the runners start. */
  begin(): void;
  startRunner(runner: ServiceRunner): Promise<void>;
  /** Prepares the metrics, while the runners start. */
  openMetrics(): Promise<void>;
  /** Called when every runner can take calls, before `onReady`. */
  ready(): void;
}

/** One start of a service, until its stop. The next start has a run of its own. */
export class ServiceRun {
  readonly #parts: RunParts;
  readonly #clock: Clock;
  /** Aborted when the service stops, perhaps before it has started. */
  readonly #stopped = new AbortController();
  /** True once `onStart` has ended, so that `onStop` must undo it. */
  #hasBegun = false;
  /** The runners to close. One that this run has not started may be running for another service. */
  #toClose: readonly ServiceRunner[] = [];
  #stopping: Promise<void> | undefined;

  constructor(parts: RunParts, clock: Clock = systemClock) {
    this.#parts = parts;
    this.#clock = clock;
  }

  /**
   * Runs `onStart`, starts the runners, and runs `onReady`. A start that fails stops everything
   * that it has started.
   *
   * @throws Error of the hook or the first runner that failed, or that the service was stopped
   */
  async start(steps: StartSteps): Promise<void> {
    try {
      await this.#run("onStart", this.#stopped.signal);
      this.#hasBegun = true;
      this.#stopped.signal.throwIfAborted();
      steps.begin();
      await this.#startRunners(steps);
      steps.ready();
      await this.#run("onReady", this.#stopped.signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Runs `onStop` and closes the runners, once. A start under way fails.
   *
   * @param graceMs the longest wait for workers inside native code, which cannot be stopped there
   */
  stop(graceMs?: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #startRunners(steps: StartSteps): Promise<void> {
    const { runners } = this.#parts;
    this.#toClose = runners;
    const starts = await Promise.allSettled([
      ...runners.map((each) => steps.startRunner(each)),
      steps.openMetrics(),
    ]);
    const failure = starts.find((start) => start.status === "rejected");
    if (failure === undefined) return;
    this.#toClose = runners.filter((_, at) => starts[at]?.status === "fulfilled");
    throw failure.reason;
  }

  async #stop(graceMs: number | undefined): Promise<void> {
    const text = `Service "${this.#parts.name}" was stopped before it had started`;
    this.#stopped.abort(new Error(text));
    if (this.#hasBegun) {
      try {
        await this.#run("onStop");
      } catch (error) {
        log.warn("The service stops all the same: {error}", { error: messageOf(error) });
      }
    }
    await Promise.all(this.#toClose.map((each) => each.close(graceMs)));
  }

  #run(name: HookName, signal?: AbortSignal): Promise<void> {
    const { name: service, hooks, hookTimeoutMs: timeoutMs } = this.#parts;
    const bounds = {
      service,
      timeoutMs,
      clock: this.#clock,
      ...(signal === undefined ? {} : { signal }),
    };
    return runHook(name, hooks[name], bounds);
  }
}
