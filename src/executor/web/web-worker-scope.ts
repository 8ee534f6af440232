/**
 * The inside of a Web Worker: what its script runs, on a page, on Bun and on Deno.
 * @module
 */

import type { UncaughtKind } from "../../metrics/uncaught-errors.ts";
import { VERSION } from "../../version.ts";
import type { LoadMessage } from "../../worker/protocol.ts";
import { WorkerCore, type WorkerPort } from "../../worker/worker.ts";
import { type FromWebWorker, isMessage, type ToWebWorker } from "./messages.ts";

/** The part of the global scope of a Web Worker that is used. */
interface Scope {
  postMessage(message: FromWebWorker, transfer?: Transferable[]): void;
  addEventListener<E>(type: string, listener: (event: E) => void): void;
  close?(): void;
  /** Bun has no class for the scope of a worker, and reports its errors as Node does. */
  readonly Bun?: { readonly isMainThread: boolean };
  readonly process?: { on(event: string, listener: (error: unknown) => void): void };
}

let isStarted = false;

/**
 * Makes this thread a worker of the runners of the page or the program that started it.
 *
 * @param importModule finds the runnable of a runner
 * @throws Error outside a Web Worker, and when it is called a second time
 */
export function runInWebWorker(importModule: WorkerPort["importModule"]): void {
  if (!isWebWorker()) {
    throw new Error("Cannot call runWorker(): this script is not that of a Web Worker");
  }
  if (isStarted) throw new Error("Cannot call runWorker() a second time");
  isStarted = true;
  const scope = globalThis as unknown as Scope;
  const post = (message: FromWebWorker, transfer: readonly Transferable[] = []): void =>
    scope.postMessage(message, [...transfer]);
  const core = new WorkerCore({ post, importModule });
  reportUncaught(scope, (kind, error) => core.uncaught(kind, error));
  reportClose(scope, () => post({ kind: "closing" }));
  scope.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (!isMessage(data)) return;
    const message = data as ToWebWorker;
    if (message.kind === "load") void load(core, message, post);
    else core.receive(message);
  });
  post({ kind: "started", version: VERSION });
}

/** Returns true in the thread of a Web Worker. */
function isWebWorker(): boolean {
  const isMainThread = (globalThis as unknown as Scope).Bun?.isMainThread;
  if (isMainThread !== undefined) return !isMainThread;
  return Object.prototype.toString.call(globalThis) === "[object DedicatedWorkerGlobalScope]";
}

async function load(
  core: WorkerCore,
  { lock, ...message }: LoadMessage & { readonly lock?: string },
  post: (message: FromWebWorker) => void,
): Promise<void> {
  if (lock !== undefined && (await holdLock(lock))) post({ kind: "locked" });
  core.receive(message);
}

/** Takes a lock until this worker ends. Returns false where there are none. */
function holdLock(name: string): Promise<boolean> {
  const held = Promise.withResolvers<boolean>();
  const hold = (): Promise<never> => {
    held.resolve(true);
    return new Promise(() => {});
  };
  const { locks } = globalThis.navigator as Partial<Navigator>;
  // Pages in a sandbox have the object, but may not use it.
  if (locks === undefined) held.resolve(false);
  else locks.request(name, hold).catch(() => held.resolve(false));
  return held.promise;
}

/**
 * Reports errors that no code has caught. After an unhandled rejection the worker continues. After
 * an exception, its state is unknown, and the main thread ends it.
 */
function reportUncaught(scope: Scope, report: (kind: UncaughtKind, error: unknown) => void): void {
  if (scope.Bun !== undefined) {
    scope.process?.on("unhandledRejection", (error) => report("rejection", error));
    scope.process?.on("uncaughtException", (error) => report("exception", error));
    return;
  }
  scope.addEventListener("unhandledrejection", (event: PromiseRejectionEvent) => {
    event.preventDefault();
    report("rejection", event.reason);
  });
  scope.addEventListener("error", (event: ErrorEvent) => {
    event.preventDefault();
    report("exception", event.error ?? new Error(event.message));
  });
}

/** Reports that code of this worker ends it, which no event tells the main thread. */
function reportClose(scope: Scope, report: () => void): void {
  const close = scope.close?.bind(scope);
  if (close === undefined) return;
  scope.close = () => {
    report();
    close();
  };
}
