/**
 * WorkerHost: what a worker offers the code that runs inside it. `runner/worker/worker.ts` provides
 * it before it loads a runnable; `onnx/` asks for it, and does without where there is none.
 * @module
 */

/** What the runner that owns this worker has decided or can do for it. */
export interface WorkerHost {
  /** The inference threads that this worker may use. */
  readonly threads: number;
  /** The backend to open sessions on where the code names none. */
  readonly backend: string | undefined;
  /** A module compiled once by the main thread and shared by every worker. */
  compile(wasm: URL): Promise<WebAssembly.Module>;
  /** Told by a session which backend it runs on, for the runner to report. */
  opened(backend: string): void;
  /** Logs a warning, once for all workers of the runner. */
  warn(text: string): void;
  /** Runs code that calls into a native addon, during which its thread is not stopped. */
  native<T>(work: () => T | Promise<T>): Promise<T>;
}

let current: WorkerHost | undefined;

/** Sets the host of this thread; once, before user code runs. */
export function provideWorkerHost(host: WorkerHost): void {
  current = host;
}

/** The host of this thread; `undefined` outside a runner's worker. */
export function workerHost(): WorkerHost | undefined {
  return current;
}

/**
 * Runs code that calls into a native addon (Node-API). A worker is never stopped inside it, even
 * when its call takes too long: on Bun and Node that would end the whole process. Sessions of
 * `ekiben/onnx` do this by themselves.
 *
 * @throws Error without running it, in a worker whose call took too long
 *
 * @example
 * const answer = await nativeCall(() => addon.predict(input));
 */
export async function nativeCall<T>(work: () => T | Promise<T>): Promise<T> {
  return await (current === undefined ? work() : current.native(work));
}
