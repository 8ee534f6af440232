/**
 * PoolWorker: one worker of a pool as seen from the main thread, from its start to its end.
 * @module
 */

import { messageOf } from "../error.ts";
import type { Host, WorkerThread } from "../host.ts";
import { log } from "../log.ts";
import type { MetricsDelta, Refusal } from "../metrics/delta.ts";
import { compiledModule } from "./compile.ts";
import {
  type FromWorker,
  pack,
  received,
  type ToWorker,
  type WorkerAbout,
  withRowErrors,
} from "./protocol.ts";

/** How long a worker may take to close its sessions before it is stopped. */
const CLOSE_LIMIT_MS = 2_000;
/** How long a thread may take to say that it is not busy, before it counts as lost. */
const PONG_LIMIT_MS = 1_000;

/** What is heard of a worker. */
export interface PoolWorkerEvents {
  /** The runnable is loaded; calls may be given to it. */
  ready(about: WorkerAbout): void;
  /**
   * Its metrics have changed.
   *
   * @returns those that do not count, since they are known in another way
   */
  told(delta: MetricsDelta): readonly Refusal[];
  /** The first call that was not answered yet came back. */
  answered(result: PromiseSettledResult<unknown>): void;
  /** The worker will not answer any more. Called once. */
  gone(error: Error): void;
  /** Called after `gone` for a worker that was given up: whether its thread goes on. */
  threadOver(isLost: boolean): void;
}

/** One worker thread, which runs one call after the other. */
export class PoolWorker {
  readonly #host: Host;
  readonly #events: PoolWorkerEvents;
  readonly #thread: WorkerThread;
  readonly #closed = Promise.withResolvers<void>();
  /** Calls that have been sent and not answered. */
  readonly #sent: number[] = [];
  #gone = false;
  #callId = 0;
  #onPong: () => void = () => {};

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
      exit: (reason) => this.stop(new Error(`its thread ended: ${reason}`)),
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
    this.#sent.push(this.#callId);
  }

  /** Stops the thread at once. */
  stop(error: Error): void {
    if (this.#gone) return;
    this.#end(error);
    this.#thread.terminate();
  }

  /** As `stop()`, for a thread that may be busy: finds out whether that stops it. */
  giveUp(error: Error): void {
    if (this.#gone) return;
    const over = (isLost: boolean): void => {
      cancel();
      this.#onPong = () => {};
      this.#thread.terminate();
      this.#events.threadOver(isLost);
    };
    const cancel = this.#host.clock.after(PONG_LIMIT_MS, () => over(true));
    this.#onPong = () => over(false);
    this.#post({ kind: "ping" });
    this.#end(error);
    if (this.#host.stopsBusyThreads) over(false);
  }

  /** Lets the runnable close what it opened, for a bounded time, then stops the thread. */
  async close(): Promise<void> {
    // Whether a thread that was given up is busy is of no interest any more.
    if (this.#gone) return this.#onPong();
    const cancel = this.#host.clock.after(CLOSE_LIMIT_MS, () => this.#closed.resolve());
    this.#post({ kind: "close" });
    await this.#closed.promise;
    cancel();
    this.stop(new Error("it was closed"));
  }

  #post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    if (!this.#gone) this.#thread.post(message, transfer);
  }

  #receive(message: FromWorker): void {
    if (message.kind === "pong") return this.#onPong();
    if (this.#gone) return;
    // Before the answer that comes with them: who has that finds its call counted.
    if ("metrics" in message && message.metrics !== undefined) this.#tell(message.metrics, message);
    switch (message.kind) {
      case "ready":
        return this.#gone ? undefined : this.#events.ready(message);
      case "failed":
        return this.stop(received(message.error));
      case "compile":
        return void this.#compile(message.url);
      case "done":
        return this.#answered(message.id, { status: "fulfilled", value: withRowErrors(message) });
      case "threw":
        return this.#answered(message.id, { status: "rejected", reason: received(message.error) });
      case "warned":
        return log.warn("{text}", { text: message.text });
      case "closed":
        return this.#closed.resolve();
    }
  }

  #tell(delta: MetricsDelta, { kind }: FromWorker): void {
    const refusals = this.#events.told(delta);
    const [first] = refusals;
    if (first === undefined) return;
    // What is wrong from the start is to be mended, not to be served.
    if (kind === "ready") this.stop(new TypeError(first.reason));
    else this.#post({ kind: "metrics-refused", names: refusals.map(({ name }) => name) });
  }

  #answered(id: number, result: PromiseSettledResult<unknown>): void {
    if (id !== this.#sent[0]) return;
    this.#sent.shift();
    this.#events.answered(result);
  }

  async #compile(url: string): Promise<void> {
    try {
      this.#post({ kind: "compiled", url, module: await compiledModule(this.#host, url) });
    } catch (error) {
      this.#post({ kind: "not-compiled", url, reason: messageOf(error) });
    }
  }

  #end(error: Error): void {
    this.#gone = true;
    this.#closed.resolve();
    this.#events.gone(error);
  }
}
