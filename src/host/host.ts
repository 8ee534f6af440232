/**
 * Host: the interface to the threads, files and clock of a runtime, for the layers that do not use
 * them directly. `server.ts` implements it for Bun, Deno and Node; tests implement parts of it.
 * @module
 */

/** A worker thread as seen from the main thread. */
export interface WorkerThread {
  /** Sends a message; the buffers in `transfer` move instead of being copied. */
  post(message: unknown, transfer?: readonly Transferable[]): void;
  /** Stops the thread, even a busy one where the runtime can: Deno cannot. */
  terminate(): void;
}

/** The events of a worker thread. */
export interface WorkerEvents {
  message(message: unknown): void;
  /** The thread has ended, or is of no more use; called once. `reason` ends a sentence. */
  exit(reason: string): void;
}

/** Time, as an argument: monotonic milliseconds and one-shot timers. */
export interface Clock {
  now(): number;
  /** Calls `callback` once after `ms` milliseconds; returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** The parts of a runtime that runners and services use. */
export interface Host {
  /** The module that worker threads run: `runner/worker/worker.ts`. */
  readonly workerEntry: URL;
  /** Starts a thread that runs the module at `entry`. */
  spawn(entry: URL, events: WorkerEvents): WorkerThread;
  /** Reads a whole file of the host. */
  read(file: URL): Promise<Uint8Array>;
  /** True if `terminate()` stops a busy thread. */
  readonly stopsBusyThreads: boolean;
  /** The number of threads that the machine runs at once. */
  readonly cores: number;
  readonly clock: Clock;
}

/** The longest timer, in milliseconds: 24 days. A longer one would fire at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** The real clock, the same on every runtime. Longer waits are cut to the longest timer. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
