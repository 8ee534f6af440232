/**
 * web: workers in Web Workers, the threads of browsers. Bun and Deno have them too.
 *
 * The standard has no event for the end of a worker. Where there are Web Locks, a worker holds one
 * for as long as it lives; Bun has an event; elsewhere a heartbeat finds the end.
 * @module
 */

import type { Clock } from "../../clock.ts";
import { messageOf } from "../../error.ts";
import { runnerLog as log } from "../../log.ts";
import { VERSION } from "../../version.ts";
import { type Gate, NativeGate, NO_GATE } from "../../worker/native-gate.ts";
import type { ToWorker } from "../../worker/protocol.ts";
import {
  type Executor,
  type Worker,
  type WorkerEvents,
  type WorkerStart,
  workersBesideMain,
} from "../executor.ts";
import { Heartbeat } from "./heartbeat.ts";
import { type FromWebWorker, isMessage, type WebLoadMessage } from "./messages.ts";
import { openChecked, startError, type WebWorker } from "./script.ts";

/** The part of `navigator.locks` that is used. */
export type Locks = Pick<LockManager, "request">;

/** The options of an executor for Web Workers. */
export interface WebOptions {
  /** Starts a Web Worker with the script that runs in it. */
  readonly open: () => WebWorker;
  readonly clock: Clock;
  /** True if the script imports the modules of runnables by their URLs. */
  readonly importsModules: boolean;
  /** The locks of this origin, if the runtime has any. Default `navigator.locks`. */
  readonly locks?: Locks | undefined;
  /** True if workers have an event `close` at their end. Default: true on Bun. */
  readonly reportsEnd?: boolean;
}

/** Returns the executor that runs workers in Web Workers. */
export function webExecutor(given: WebOptions): Executor {
  const options = { locks: ownLocks(), reportsEnd: "Bun" in globalThis, ...given };
  return {
    name: "web",
    importsModules: options.importsModules,
    // Deno's terminate() leaves a busy thread running (seen in 2.9).
    stopsBusyWorkers: !("Deno" in globalThis),
    autoWorkers: workersBesideMain,
    start: (start, events) => new StartedWorker(options, start, events),
  };
}

/** Locks exist in secure contexts only: https pages, and those of localhost. */
function ownLocks(): Locks | undefined {
  return (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
}

/** Pages share memory with workers only if they are isolated from other origins (COOP and COEP). */
function newGate(): NativeGate | undefined {
  const isShared =
    typeof SharedArrayBuffer === "function" && globalThis.crossOriginIsolated !== false;
  return isShared ? new NativeGate() : undefined;
}

/** The wait for messages of a worker that has ended: its last ones may arrive after its end. */
const LAST_MESSAGES_MS = 50;

/** The reason of an end that no message came before. */
const ENDED = "its code or its runtime ended it";

/** The time after which a script that has not called `runWorker()` is worth a warning. */
const SCRIPT_WARNING_MS = 10_000;

/** A Web Worker. It gets its messages once its script runs. */
class StartedWorker implements Worker {
  readonly gate: Gate;
  readonly #options: WebOptions;
  readonly #events: WorkerEvents;
  readonly #load: WebLoadMessage;
  readonly #worker: WebWorker | undefined;
  readonly #lockWait = new AbortController();
  /** The messages to send when its script runs; `undefined` from then on. */
  #held: [ToWorker, readonly Transferable[]][] | undefined = [];
  #heartbeat: Heartbeat | undefined;
  /** Cancels the warning about its script, or the wait for its last messages. */
  #cancelTimer: () => void = () => {};
  #isOver = false;

  constructor(options: WebOptions, { load }: WorkerStart, events: WorkerEvents) {
    this.#options = options;
    this.#events = events;
    const gate = newGate();
    this.gate = gate ?? NO_GATE;
    const lock = options.locks === undefined ? {} : { lock: newName() };
    this.#load = { ...load, ...lock, ...(gate === undefined ? {} : { gate: gate.word }) };
    try {
      this.#worker = openChecked(options.open);
      this.#listen(this.#worker);
      this.#cancelTimer = options.clock.after(SCRIPT_WARNING_MS, () => warnOfScript(load.runner));
    } catch (error) {
      queueMicrotask(() => this.#end(messageOf(error)));
    }
  }

  post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    if (this.#held !== undefined) return void this.#held.push([message, transfer]);
    this.#heartbeat?.sending(message);
    this.#worker?.postMessage(message, [...transfer]);
  }

  terminate(): void {
    this.#close();
    this.#worker?.terminate();
  }

  #listen(worker: WebWorker): void {
    worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (!this.#isOver && isMessage(data)) this.#receive(data as FromWebWorker);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault(); // on Deno, an error that is not handled here ends the process
      this.#end(startError(event, this.#held === undefined));
    });
    worker.addEventListener("messageerror", () => this.#end("it sent an unreadable message"));
    // Bun's own event.
    worker.addEventListener("close", ({ code }: Event & { readonly code?: number }) =>
      this.#end(code === undefined ? ENDED : `exit code ${code}`),
    );
  }

  #receive(message: FromWebWorker): void {
    switch (message.kind) {
      case "started":
        return this.#started(message.version);
      case "locked":
        return this.#waitForLock();
      case "closing":
        return this.#end("its code called close()");
    }
    this.#heartbeat?.received(message);
    this.#events.message(message);
  }

  #started(version: string): void {
    if (version !== VERSION) {
      return this.#end(
        `its script has version ${version} of Ekiben, and this one is ${VERSION}: build both anew`,
      );
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#cancelTimer();
    this.#startHeartbeat();
    try {
      this.#worker?.postMessage(this.#load);
    } catch (error) {
      return this.#end(`its parameters cannot be copied: ${messageOf(error)}`);
    }
    for (const [message, transfer] of held) this.post(message, transfer);
  }

  #startHeartbeat(): void {
    const { clock, reportsEnd } = this.#options;
    if (reportsEnd === true) return;
    const ping = (): void => this.#worker?.postMessage({ kind: "ping" } satisfies ToWorker);
    this.#heartbeat = new Heartbeat(clock, ping, () => this.#end("it no longer answers"));
  }

  /** Waits for the lock of the worker, which is free when the worker has ended. */
  #waitForLock(): void {
    const { locks, clock } = this.#options;
    const { lock } = this.#load;
    if (locks === undefined || lock === undefined) return;
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    const ended = (): void => {
      if (!this.#isOver) this.#cancelTimer = clock.after(LAST_MESSAGES_MS, () => this.#end(ENDED));
    };
    locks.request(lock, { signal: this.#lockWait.signal }, ended).catch(() => {
      // Terminated, or locks cannot be used here after all.
      if (!this.#isOver) this.#startHeartbeat();
    });
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#close();
    this.#events.exit(reason);
  }

  #close(): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#heartbeat?.stop();
    this.#lockWait.abort();
  }
}

function warnOfScript(runner: string): void {
  log.warn(
    "The script of a Web Worker of runner {runner} has not called runWorker() for {seconds} s: " +
      "it is still loading, or it does not call it",
    { runner, seconds: SCRIPT_WARNING_MS / 1000 },
  );
}

/** Returns a name for a lock: those of an origin share their names. */
function newName(): string {
  return `ekiben-worker-${crypto.randomUUID()}`;
}
