/**
 * The end of the process.
 * @module
 */

import process from "node:process";
import { isAnyInNativeCode } from "../worker/native-gate.ts";

/** The part of Deno's global that is used here. */
interface DenoLibraries {
  dlopen(
    file: string,
    symbols: { readonly _exit: { readonly parameters: readonly ["i32"]; readonly result: "void" } },
  ): { readonly symbols: { _exit(code: number): void } };
}

/** The stops that are under way and after which the process is to end. */
const stops = new Set<Promise<unknown>>();

/** The exit code after them: the largest that was requested. */
let exitCode = 0;

/**
 * Ends the process with an exit code after all stops that were passed to this function: of two
 * servers in one process, the first to stop must not abort the other's requests.
 */
export function exitAfter(stop: Promise<unknown>, code: number): void {
  exitCode = Math.max(exitCode, code);
  stops.add(stop);
  const onEnd = (): void => {
    stops.delete(stop);
    if (stops.size === 0) exit(exitCode);
  };
  stop.then(onEnd, onEnd);
}

/**
 * Ends the process with an exit code, without waiting for its threads.
 *
 * While a worker is inside native code, `process.exit()` is not safe: Node stops the worker first,
 * which aborts the process, and on Deno the library is taken down under the running thread.
 */
export function exit(code: number): never {
  if (isAnyInNativeCode()) exitAtOnce(code);
  process.exit(code);
}

/** Exits without stopping threads first. Returns on a runtime that cannot do so. */
function exitAtOnce(code: number): void {
  try {
    const { Deno } = globalThis as { readonly Deno?: DenoLibraries };
    if (Deno !== undefined) {
      const library = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
      const _exit = { parameters: ["i32"], result: "void" } as const;
      Deno.dlopen(library, { _exit }).symbols._exit(code);
    }
    if ("bun" in process.versions) return; // its process.exit() does not wait for threads
    // Replaces this program by another: the system ends all threads without notice.
    process.execve?.(process.execPath, [process.execPath, "-e", `process.exit(${code})`], {});
  } catch {
    // The permission or the system call is missing. Avoiding a core dump matters more than the
    // exit code.
    process.kill(process.pid, "SIGKILL");
  }
}
