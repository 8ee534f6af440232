/**
 * reportSlowLoad(): says in the log what is being loaded, once it takes longer than a moment.
 * @module
 */

import type { Clock } from "./clock.ts";
import { log } from "./log.ts";

/** The time after which a load is reported, in milliseconds. */
export const SLOW_LOAD_MS = 5_000;

/**
 * Runs a load. One that takes long is logged while it runs, since nothing else may be for minutes,
 * and when it has ended well.
 *
 * @throws Error of the load
 */
export async function reportSlowLoad<T>(
  kind: "Model" | "Runner",
  name: string,
  load: () => Promise<T>,
  clock: Clock,
): Promise<T> {
  let isSlow = false;
  const startedAt = clock.now();
  const cancel = clock.after(SLOW_LOAD_MS, () => {
    isSlow = true;
    log.info(`${kind} {name} is still loading`, { name });
  });
  try {
    const loaded = await load();
    const seconds = Math.round((clock.now() - startedAt) / 1000);
    if (isSlow) log.info(`${kind} {name} has been loaded in {seconds} s`, { name, seconds });
    return loaded;
  } finally {
    cancel();
  }
}
