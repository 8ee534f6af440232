/**
 * ServiceRun: one run of a service, from its start to its stop: the order of hooks and runners.
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { log } from "../log.ts";
import { reportSlowLoad } from "../slow-load.ts";
import { type HookName, type Hooks, runHook } from "./hooks.ts";
import type { ServicePart, ServiceRunner } from "./service-runner.ts";

/** The parts of a service that start and stop. */
export interface RunParts {
  /** The name of the service, for messages. */
  readonly name: string;
  readonly hooks: Hooks;
  readonly hookTimeoutMs: number;
  /** The runners, and the repository of its models if it has one. */
  readonly parts: readonly ServicePart[];
}

/** The steps between the hooks of a start. */
export interface StartSteps {
  /** Called after `onStart`, before the runners start. */
  begin(): void;
  startPart(part: ServicePart): Promise<void>;
  /** Prepares the metrics, when the runners have started. */
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
  /** The parts to close. One that this run has not started may be running for another service. */
  #toClose: readonly ServicePart[] = [];
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
    const { parts } = this.#parts;
    this.#toClose = parts;
    const starts = await Promise.allSettled(
      parts.map((each) => {
        const start = (): Promise<void> => steps.startPart(each);
        // The models of a repository are reported one by one.
        if (!isRunner(each)) return start();
        return reportSlowLoad("Runner", each.name, start, this.#clock);
      }),
    );
    const failure = starts.find((start) => start.status === "rejected");
    // Not before: loading them holds up the thread, and with it the answers of the workers.
    if (failure === undefined) return await steps.openMetrics();
    this.#toClose = parts.filter((_, at) => starts[at]?.status === "fulfilled");
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

function isRunner(part: ServicePart): part is ServiceRunner {
  return "backends" in part;
}
