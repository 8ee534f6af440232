/**
 * WorkerHost: the services of a worker for the code that runs inside it. `worker/worker.ts`
 * provides them before it loads a runnable, and `onnx/` uses them.
 * @module
 */

/** The settings of this worker, and the services of its runner. */
export interface WorkerHost {
  /** The inference threads that this worker may use. */
  readonly threads: number;
  /** The backend of sessions that do not name one. */
  readonly backend: string | undefined;
  /** Returns a module that the main thread compiles once for all workers. */
  compile(wasm: URL): Promise<WebAssembly.Module>;
  /** Reports the backend that a session runs on. */
  opened(backend: string): void;
  /** Reports that this worker is of no more use: another takes its place. */
  fail(reason: string): void;
  /** Logs a warning, once for all workers of the runner. */
  warn(text: string): void;
  /** Runs code that calls into a native addon. The thread is not stopped meanwhile. */
  native<T>(work: () => T | Promise<T>): Promise<T>;
}

let current: WorkerHost | undefined;

/** Sets the host of this thread. Called once, before user code runs. */
export function provideWorkerHost(host: WorkerHost): void {
  current = host;
}

/** Resolved when no runnable is loading in this thread. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Runs `load` of a runnable that shares its thread with others. Meanwhile `host` is the host of the
 * thread, so such runnables are loaded one after the other.
 */
export function withWorkerHost<T>(host: WorkerHost, load: () => Promise<T>): Promise<T> {
  const loading = turn.then(async () => {
    current = host;
    try {
      return await load();
    } finally {
      current = undefined;
    }
  });
  turn = loading.catch(() => {});
  return loading;
}

/** Returns the host of this thread; `undefined` outside a runner's worker. */
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
