/**
 * Host: what a runtime hands to the layers that may not reach for it themselves (threads, files,
 * time). `runtime/` makes the real one, tests make small ones.
 * @module
 */

/** A worker thread as seen from the main thread. */
export interface WorkerThread {
  /** Sends a message; the buffers in `transfer` move instead of being copied. */
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /** Stops the thread, busy or not, where the runtime can. Deno cannot stop a busy one. */
  terminate(): void;
}

/** What a worker thread tells the main thread. */
export interface WorkerEvents {
  message(message: unknown): void;
  /** The thread is gone, or is to be given up; called once. `reason` ends a sentence. */
  exit(reason: string): void;
}

/** Time, as an argument: monotonic milliseconds and one-shot timers. */
export interface Clock {
  now(): number;
  /** Calls `callback` once after `ms` milliseconds; the function it returns cancels that. */
  after(ms: number, callback: () => void): () => void;
}

/** What a runtime gives to runners and services. */
export interface Host {
  /** The module that worker threads run: `runner/worker/worker.ts`. */
  readonly workerEntry: URL;
  /** Starts a thread that runs the module at `entry`. */
  spawn(entry: URL, events: WorkerEvents): WorkerThread;
  /** Reads a whole file of the host. */
  read(file: URL): Promise<Uint8Array>;
  /** Whether terminate() stops a thread that is busy. */
  readonly stopsBusyThreads: boolean;
  /** How many threads the machine runs at once. */
  readonly cores: number;
  readonly clock: Clock;
}

/** What a timer takes, in milliseconds: 24 days. One for longer would fire at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** The real clock; the same on every runtime. A wait is cut to what a timer takes. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
