/** An open loop: calls are made when they are due, even if earlier ones are late. */
import { setTimeout } from "node:timers/promises";
import { seededRandom } from "../../src/random.ts";
import { poisson } from "../../src/simulator/arrivals.ts";

/** The end of a call, `ms` after it was due. */
export interface Ended {
  readonly ms: number;
  readonly outcome: "answered" | "refused" | "failed";
}

/**
 * Makes calls at Poisson arrivals, and measures each from the moment at which it was due.
 *
 * @param call resolves to true if it was answered, and to false if it was refused
 */
export async function openLoop(
  perSecond: number,
  seconds: number,
  call: () => Promise<boolean>,
): Promise<Ended[]> {
  const ended: Ended[] = [];
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  for (const moment of poisson(perSecond, seconds * 1000, seededRandom(1))) {
    const due = startedAt + moment;
    // A timer is at least a millisecond late: all calls that are due by then are made together.
    while (performance.now() < due) await setTimeout(Math.max(0, due - performance.now() - 1));
    calls.push(
      call().then(
        (answered) => {
          const outcome = answered ? "answered" : "refused";
          ended.push({ ms: performance.now() - due, outcome });
        },
        () => void ended.push({ ms: performance.now() - due, outcome: "failed" }),
      ),
    );
  }
  await Promise.all(calls);
  return ended;
}

/** Returns a quantile by the nearest rank; NaN without values. */
export function quantile(share: number, values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
