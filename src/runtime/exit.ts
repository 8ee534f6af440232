/**
 * The end of the process.
 * @module
 */

import process from "node:process";
import { isAnyInNativeCode } from "../runner/native-gate.ts";

/** The part of Deno's global that is used here. */
interface DenoLibraries {
  dlopen(
    file: string,
    symbols: { readonly _exit: { readonly parameters: readonly ["i32"]; readonly result: "void" } },
  ): { readonly symbols: { _exit(code: number): void } };
}

/**
 * Ends the process with an exit code, whatever its threads are doing.
 *
 * While a worker is inside native code, `process.exit()` is not safe: Node stops the worker first,
 * which aborts the process, and on Deno the library is taken down under the running thread.
 */
export function exit(code: number): never {
  if (isAnyInNativeCode()) exitAtOnce(code);
  process.exit(code);
}

/** Leaves nothing for the threads to notice. Returns where the runtime cannot do so. */
function exitAtOnce(code: number): void {
  try {
    const { Deno } = globalThis as { readonly Deno?: DenoLibraries };
    if (Deno !== undefined) {
      const library = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
      const _exit = { parameters: ["i32"], result: "void" } as const;
      Deno.dlopen(library, { _exit }).symbols._exit(code);
    }
    if ("bun" in process.versions) return; // its process.exit() does not wait for threads
    // Another program in place of this one: the system ends all threads, and tells none.
    process.execve?.(process.execPath, [process.execPath, "-e", `process.exit(${code})`], {});
  } catch {
    // Without the permission or the system call. An exit code is of less use than no core dump.
    process.kill(process.pid, "SIGKILL");
  }
}
