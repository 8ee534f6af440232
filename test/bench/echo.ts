/** A runnable that returns its input. */
import { runnable } from "../../src/worker/runnable.ts";

export default runnable(import.meta.url, () => ({
  batched: { echo: (texts: readonly string[]) => texts },
}));
