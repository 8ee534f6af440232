/**
 * PoolWorker: one worker of a pool as seen from the main thread, from its start to its end.
 * @module
 */

import { messageOf } from "../error.ts";
import type { Host, WorkerThread } from "../host.ts";
import { compiledModule } from "./compile.ts";
import {
  type FromWorker,
  type MethodKinds,
  pack,
  received,
  type ToWorker,
  withRowErrors,
} from "./protocol.ts";

/** How long a worker may take to close its sessions before it is stopped. */
const CLOSE_LIMIT_MS = 2_000;

/** What a pool hears of one of its workers. */
export interface PoolWorkerEvents {
  /** The runnable is loaded; calls may be given to it. */
  ready(about: { readonly methods: MethodKinds; readonly backends: readonly string[] }): void;
  /** The current call came back. */
  answered(result: PromiseSettledResult<unknown>): void;
  /** The worker will not answer any more. Called once. */
  gone(error: Error): void;
}

/** One worker thread, which runs one call at a time. */
export class PoolWorker {
  readonly #host: Host;
  readonly #events: PoolWorkerEvents;
  readonly #thread: WorkerThread;
  readonly #closed = Promise.withResolvers<void>();
  #gone = false;
  #callId = 0;

  constructor(
    host: Host,
    entry: URL,
    load: Extract<ToWorker, { kind: "load" }>,
    events: PoolWorkerEvents,
  ) {
    this.#host = host;
    this.#events = events;
    this.#thread = host.spawn(entry, {
      message: (message) => this.#receive(message as FromWorker),
      exit: (reason) => this.#end(new Error(`its thread ended: ${reason}`)),
    });
    this.#post(load);
  }

  /**
   * Gives the worker a call; `answered` or `gone` follows.
   *
   * @throws DataCloneError for an input that cannot be sent to a thread
   */
  run(method: string, input: unknown): void {
    const { value, transfer } = pack(input);
    this.#callId += 1;
    this.#post({ kind: "run", id: this.#callId, method, input: value }, transfer);
  }

  /** Stops the thread at once, whatever it is doing. */
  stop(reason: string): void {
    this.#end(new Error(reason));
  }

  /** Lets the runnable close what it opened, for a bounded time, then stops the thread. */
  async close(): Promise<void> {
    if (this.#gone) return;
    const cancel = this.#host.clock.after(CLOSE_LIMIT_MS, () => this.#closed.resolve());
    this.#post({ kind: "close" });
    await this.#closed.promise;
    cancel();
    this.#end(new Error("it was closed"));
  }

  #post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    if (!this.#gone) this.#thread.post(message, transfer);
  }

  #receive(message: FromWorker): void {
    if (this.#gone) return;
    switch (message.kind) {
      case "ready":
        return this.#events.ready(message);
      case "failed":
        return this.#end(received(message.error));
      case "compile":
        return void this.#compile(message.url);
      case "done":
        if (message.id !== this.#callId) return;
        return this.#events.answered({
          status: "fulfilled",
          value: withRowErrors(message.output, message.rowErrors),
        });
      case "threw":
        if (message.id !== this.#callId) return;
        return this.#events.answered({ status: "rejected", reason: received(message.error) });
      case "closed":
        return this.#closed.resolve();
    }
  }

  async #compile(url: string): Promise<void> {
    try {
      this.#post({ kind: "compiled", url, module: await compiledModule(this.#host, url) });
    } catch (error) {
      this.#post({ kind: "not-compiled", url, reason: messageOf(error) });
    }
  }

  #end(error: Error): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#thread.terminate();
    this.#closed.resolve();
    this.#events.gone(error);
  }
}
