/** Garbage collection on demand. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let once: (() => void) | undefined;

/** Collects all garbage. Returns false where that cannot be asked for. */
export function collect(): boolean {
  try {
    once ??= collector();
    for (let time = 0; time < 3; time++) once();
    return true;
  } catch {
    return false;
  }
}

function collector(): () => void {
  const { Bun } = globalThis as { readonly Bun?: { gc(force: boolean): void } };
  if (Bun !== undefined) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
