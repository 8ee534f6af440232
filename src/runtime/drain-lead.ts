/**
 * The lead of a stop: how long a server takes requests on after it has said that it is not ready,
 * so that load balancers hear of it before its ports close.
 * @module
 */

import process from "node:process";

/** How long a lead lasts, in milliseconds. */
export interface Lead {
  readonly leastMs: number;
  /** The most, as long as requests still come. */
  readonly mostMs: number;
}

/**
 * The lead where nobody waits at a terminal. A load balancer that looks every two seconds and
 * believes the third refusal, as HAProxy does by default, has heard of it after six.
 */
const DEFAULT: Lead = { leastMs: 5000, mostMs: 8000 };

/** Without a request for so long, in milliseconds, no load balancer sends any. */
const QUIET_MS = 1000;

/** How often to look, in milliseconds. */
const LOOK_MS = 100;

/** The cause of a stop: a signal to the process, an uncaught exception, or `close()`. */
export type StopCause = "signal" | "exception" | "code";

/**
 * The lead of a stop. What is given, in milliseconds, counts for every stop. The default is none
 * for `close()`, and none at a terminal, where no load balancer is expected.
 */
export function leadOf(cause: StopCause, given: number | undefined): Lead {
  if (given !== undefined) return { leastMs: given, mostMs: given };
  return cause === "code" || hasTerminal() ? { leastMs: 0, mostMs: 0 } : DEFAULT;
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY === true);
}

/** Time, and how a lead may end early. */
export interface LeadTerms {
  readonly signal: AbortSignal;
  /** How long ago the last request came, in milliseconds. */
  readonly quietMs: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

/** Waits for the end of a lead. */
export async function waitFor({ leastMs, mostMs }: Lead, terms: LeadTerms): Promise<void> {
  const { signal, quietMs, wait } = terms;
  const step = async (ms: number): Promise<number> => {
    await wait(ms);
    return signal.aborted ? Number.POSITIVE_INFINITY : ms;
  };
  let waitedMs = leastMs === 0 ? 0 : await step(leastMs);
  while (waitedMs < mostMs && quietMs() < QUIET_MS) waitedMs += await step(LOOK_MS);
}
