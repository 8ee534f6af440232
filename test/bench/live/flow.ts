/** Flow: a stream of equal requests of a benchmark, and the ends of its calls. */

/** Requests at Poisson arrivals (`perSecond`), or by `callers` that each wait for their answers. */
export interface Flow {
  readonly name: string;
  readonly path: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly perSecond?: number;
  readonly callers?: number;
  readonly seconds: number;
  /** The milliseconds after which the caller disconnects. */
  readonly patienceMs?: number;
  /** The seconds after which the flow starts. Default 0. */
  readonly startS?: number;
  readonly seed?: number;
}

/** The end of a call: `ms` after it was due, which was `at` milliseconds after the start. */
export interface Ended {
  readonly at: number;
  readonly ms: number;
  /** Of the answer; 0 if there was none, -1 if the caller disconnected before it. */
  readonly status: number;
}

/** The ends of the calls of each flow, by its name. */
export interface FlowResults {
  /** The start, in milliseconds of `Date.now()`. */
  readonly startedAt: number;
  readonly ended: Readonly<Record<string, readonly Ended[]>>;
  /** The share of a core that the client took. */
  readonly clientCpu: number;
  /** The 99th percentile of the time between when a call was due and when it was made. */
  readonly lateP99Ms: number;
  readonly connections: number;
}

/** The statuses of calls that were refused, or not answered in time. */
export function isRefused({ status }: Ended): boolean {
  return status === 503 || status === 504 || status === 429;
}
