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
  /**
   * Returns the SHA-256 of a file, as hex digits, which the main thread computes once for all
   * workers; undefined if the file is not any more as `stamp` of `#files` says.
   */
  sha256Of(path: string, stamp: string): Promise<string | undefined>;
  /** Reports the backend that a session runs on, and the digest of its model, if it is known. */
  opened(backend: string, digest?: string): void;
  /** Reports that this worker is of no more use: another takes its place. */
  fail(reason: string): void;
  /** Logs a warning, once for all workers of the runner. */
  warn(text: string): void;
  /** Runs code that calls into a native addon. The thread is not stopped meanwhile. */
  native<T>(work: () => T | Promise<T>): Promise<T>;
}

/** The part of an `AsyncLocalStorage` of Node's that is used. */
export interface HostStorage {
  run<T>(host: WorkerHost, code: () => T): T;
  getStore(): WorkerHost | undefined;
}

/** The host of a thread of its own; in a shared thread, that of the code that runs now. */
let current: WorkerHost | undefined;
/** The host of the runnable that is loading, in a shared thread without storage. */
let loading: WorkerHost | undefined;
/** The loads that wait for it, each as a function that begins it. */
const waiting: (() => void)[] = [];
let storage: HostStorage | undefined;

/** Runs `load` of a runnable that has a thread of its own, whose host this is from then on. */
export function loadWithOwnHost<T>(host: WorkerHost, load: () => Promise<T>): Promise<T> {
  current = host;
  return load();
}

/** Gives runnables that share a thread a storage that keeps a host for each of them. */
export function useHostStorage(given: HostStorage): void {
  storage = given;
}

/**
 * Runs code of a runnable that shares its thread with others. Where there is no storage, `host` is
 * known until the first `await` of the code.
 */
export function withWorkerHost<T>(host: WorkerHost, code: () => T): T {
  if (storage !== undefined) return storage.run(host, code);
  const before = current;
  current = host;
  try {
    return code();
  } finally {
    current = before;
  }
}

/**
 * Runs `load` of a runnable that shares its thread with others. Where there is no storage, such
 * runnables are loaded one after the other, so that `host` is known until the end of the load.
 *
 * @param started called with a function that gives the load up, so that the next one begins
 */
export async function loadWithWorkerHost<T>(
  host: WorkerHost,
  load: () => Promise<T>,
  started: (giveUp: () => void) => void,
): Promise<T> {
  if (storage !== undefined) return await storage.run(host, load);
  const end = (): void => {
    if (loading !== host) return;
    loading = undefined;
    waiting.shift()?.();
  };
  started(end);
  if (loading === undefined) loading = host;
  else {
    await new Promise<void>((resolve) => {
      waiting.push(() => {
        loading = host;
        resolve();
      });
    });
  }
  try {
    return await withWorkerHost(host, load);
  } finally {
    end();
  }
}

/** Returns the host of this code; `undefined` outside a runner's worker. */
export function workerHost(): WorkerHost | undefined {
  return storage?.getStore() ?? current ?? loading;
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
  const host = workerHost();
  return await (host === undefined ? work() : host.native(work));
}
