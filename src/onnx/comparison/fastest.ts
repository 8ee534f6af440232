/**
 * fastestMs(): the time of the fastest of several runs of a model.
 * @module
 */

import { type Clock, within } from "../../clock.ts";
import type { BackendSession } from "../backend.ts";
import type { Inputs } from "../trial/probes.ts";
import { MAX_RUN_MS } from "./agreement.ts";

/** The bounds of the runs of one batch: the first that is reached ends them. */
const MAX_RUNS = 30;
const LIMIT_MS = 500;

/**
 * Returns the time of the fastest run, in milliseconds. The first run compiles shaders or optimises
 * code.
 *
 * @param limitMs the time after which no further run begins. Default 500
 * @throws Error if a run takes too long, or fails
 */
export async function fastestMs(
  session: BackendSession,
  inputs: Inputs,
  clock: Clock,
  limitMs: number = LIMIT_MS,
): Promise<number> {
  const outputs = session.outputs.map(({ name }) => name);
  const late = `a run took more than ${MAX_RUN_MS / 1000} s`;
  const endAt = clock.now() + limitMs;
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < MAX_RUNS && (run < 2 || clock.now() < endAt); run++) {
    const startedAt = clock.now();
    await within(session.run(inputs, outputs), MAX_RUN_MS, late, clock);
    fastest = Math.min(fastest, clock.now() - startedAt);
  }
  return fastest;
}
