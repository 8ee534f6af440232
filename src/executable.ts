/**
 * Executable: the contents of a file made by `ekiben compile`. Its code has no folders: a module is
 * found by its address in a table, instead of being imported by its URL.
 * @module
 */

/** The tables of an executable file, which its generated entry sets before anything else runs. */
export interface Executable {
  /** The module that worker threads run. */
  readonly workerEntry: URL;
  /** The module that the guard of a worker process runs. */
  readonly guardEntry: URL;
  /** Imports a module that worker threads load, by its URL; in workers only. */
  readonly modules?: Readonly<Record<string, () => Promise<unknown>>>;
  /** Imports the module of the service; in the main thread, unless it serves a model. */
  readonly service?: () => Promise<{ readonly default?: unknown }>;
  /** The model that it serves; in the main thread. */
  readonly model?: URL;
}

/** The environment variable of a worker process, until it has begun. */
export const WORKER_VARIABLE = "EKIBEN_WORKER_PROCESS";

/** Global, since a service may import another copy of this package than the command does. */
const KEY = Symbol.for("ekiben.executable");

interface Holder {
  [KEY]?: Executable;
}

/** Returns the executable that this code runs in; `undefined` outside one of `ekiben compile`. */
export function executable(): Executable | undefined {
  return (globalThis as Holder)[KEY];
}

/** Sets the tables of this executable, in the main thread and in each worker. */
export function provideExecutable(tables: Executable): void {
  (globalThis as Holder)[KEY] = tables;
}

/** Returns the URL of a module in the folder of another one: a source, or its compiled form. */
export function moduleBeside(url: string, name: string): URL {
  return new URL(`${name}.${url.endsWith(".ts") ? "ts" : "js"}`, url);
}

/** Returns true for the URL of code in a file made by Bun's compiler, on Unix and on Windows. */
export function isInExecutable(url: string): boolean {
  return /^file:\/\/\/(\$bunfs|[A-Z]:\/~BUN)\//.test(url);
}

/**
 * @throws Error for code that Bun's compiler put into a file without the modules of its workers
 */
export function checkExecutable(url: string): void {
  if (!isInExecutable(url) || executable() !== undefined) return;
  throw new Error(
    "This file was made by `bun build --compile`, which leaves out the workers and the models: " +
      "make it by `ekiben compile service.ts`",
  );
}
