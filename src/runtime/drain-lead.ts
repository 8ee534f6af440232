/**
 * The drain lead of a stop: the time between the end of readiness and the closing of the ports, in
 * which load balancers notice the stop.
 * @module
 */

import process from "node:process";

/** The duration of a lead, in milliseconds. */
export interface Lead {
  readonly minMs: number;
  /** The longest duration, while requests still come. */
  readonly maxMs: number;
}

/**
 * The lead without a terminal. A load balancer that checks every two seconds and acts on the third
 * refusal, as HAProxy does by default, has noticed after six.
 */
const DEFAULT: Lead = { minMs: 5000, maxMs: 8000 };

/** The time without a request after which none is expected any more, in milliseconds. */
const QUIET_MS = 1000;

/** The polling interval, in milliseconds. */
const LOOK_MS = 100;

/** The cause of a stop: a signal to the process, an uncaught exception, or `close()`. */
export type StopCause = "signal" | "exception" | "code";

/**
 * Returns the lead of a stop. A given duration, in milliseconds, applies to every stop. The default
 * is none for `close()`, and none at a terminal, where no load balancer is expected.
 */
export function leadOf(cause: StopCause, given: number | undefined): Lead {
  if (given !== undefined) return { minMs: given, maxMs: given };
  return cause === "code" || hasTerminal() ? { minMs: 0, maxMs: 0 } : DEFAULT;
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true);
}

/** The clock of a lead, and the signal that ends it early. */
export interface LeadTerms {
  readonly signal: AbortSignal;
  /** Returns the time since the last request, in milliseconds. */
  readonly quietMs: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/** Waits for the end of a lead. */
export async function waitFor({ minMs, maxMs }: Lead, terms: LeadTerms): Promise<void> {
  const { signal, quietMs, wait } = terms;
  const step = async (ms: number): Promise<number> => {
    await wait(ms);
    return signal.aborted ? Number.POSITIVE_INFINITY : ms;
  };
  let waitedMs = minMs === 0 ? 0 : await step(minMs);
  while (waitedMs < maxMs && quietMs() < QUIET_MS) waitedMs += await step(LOOK_MS);
}
