/**
 * InlineRunnable: a runnable that shares its thread with others. All of its code finds its own
 * `WorkerHost`, and its resources are freed once, however it ends.
 * @module
 */

import type { AnyLoaded } from "../../worker/loaded.ts";
import type { Methods, Runnable } from "../../worker/runnable.ts";
import { loadWithWorkerHost, type WorkerHost, withWorkerHost } from "../../worker-host.ts";

/** A runnable in one worker. */
export class InlineRunnable {
  /** The definition for the worker's core: the user's, and what is done around its code. */
  readonly definition: Runnable;
  #host: WorkerHost | undefined;
  #close: (() => void | Promise<void>) | undefined;
  #giveUp: () => void = () => {};
  #hasEnded = false;

  constructor(runnable: Runnable) {
    this.definition = {
      ...runnable,
      load: async (context) => this.#around(await runnable.load(context)),
    };
  }

  /** Runs its load with its own host. */
  async load<T>(host: WorkerHost, load: () => Promise<T>): Promise<T> {
    this.#host = host;
    return await loadWithWorkerHost(host, load, (giveUp) => {
      this.#giveUp = giveUp;
    });
  }

  /** Frees its resources: now, or when a load that was given up ends after all. */
  end(): void {
    this.#giveUp();
    this.#hasEnded = true;
    void this.#closeOnce().catch(() => {}); // nobody waits for it any more
  }

  /** Returns what load() returned, with each function called with the host of the worker. */
  #around(loaded: AnyLoaded): AnyLoaded {
    if (typeof loaded !== "object" || loaded === null) return loaded; // the core reports it
    const { batched, methods, close } = loaded;
    if (typeof close === "function") this.#close = () => this.#run(() => close.call(loaded));
    if (this.#hasEnded) void this.#closeOnce().catch(() => {});
    return {
      ...loaded,
      ...(batched && { batched: this.#withHost(batched) }),
      ...(methods && { methods: this.#withHost(methods) }),
      ...(close && { close: () => this.#closeOnce() }),
    };
  }

  #withHost(methods: Methods): Methods {
    return Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        typeof method === "function" ? (input) => this.#run(() => method(input)) : method,
      ]),
    );
  }

  #run<T>(code: () => T): T {
    return this.#host === undefined ? code() : withWorkerHost(this.#host, code);
  }

  async #closeOnce(): Promise<void> {
    const close = this.#close;
    this.#close = undefined;
    await close?.();
  }
}
