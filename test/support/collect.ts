/** Garbage collection on demand. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all garbage. Returns false where that cannot be asked for. */
export function collect(): boolean {
  const { Bun } = globalThis as { readonly Bun?: { gc(force: boolean): void } };
  try {
    setFlagsFromString("--expose-gc");
    const once = Bun === undefined ? (runInNewContext("gc") as () => void) : () => Bun.gc(true);
    for (let time = 0; time < 3; time++) once();
    return true;
  } catch {
    return false;
  }
}
