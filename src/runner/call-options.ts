/**
 * CallOptions: the second argument of a runner's methods, which a handler's context satisfies.
 * @module
 */

/** The record of one call of a batched method: the batch that it was in, and its durations. */
export interface CallRecord {
  readonly runner: string;
  readonly method: string;
  /** The rows of the batch, of all its requests together. */
  readonly batchRows: number;
  /** The number of requests that were joined in the batch. */
  readonly batchRequests: number;
  /** The time from the call to the start of its batch, in milliseconds. */
  readonly waitMs: number;
  /** The time from the start of the batch to its answer, in milliseconds. */
  readonly runMs: number;
  /**
   * The reason why the batch has no more rows: `full`, `unsplittable`, `idle`, `deadline`,
   * `padding` or `window`.
   */
  readonly reason: string;
}

/** The priorities of calls: `bulk` gets a tenth of the workers while `interactive` calls wait. */
export type Lane = "interactive" | "bulk";

/** All lanes. */
export const LANES: readonly Lane[] = ["interactive", "bulk"];

/** The limits of one call. A handler passes its `context`, which has them all. */
export interface CallOptions {
  /** Cancels the call: its promise rejects at once with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The time by which the answer is needed, in milliseconds of `performance.now()`. A call that
   * cannot be answered by then is refused instead of computed. To stop waiting for one that is
   * running, pass a `signal` too.
   */
  readonly deadlineAt?: number | undefined;
  /** The priority of the call. Default `interactive`. */
  readonly lane?: Lane | undefined;
  /**
   * The name of its caller. Callers share the workers equally, so that one with many calls does not
   * delay the others. Calls without a name are those of one caller.
   */
  readonly caller?: string | undefined;
  /**
   * The milliseconds between the answer to the call and the moment at which its own caller has it.
   * The answer is planned to be ready that much before `deadlineAt`. Default 0.
   */
  readonly answerMs?: number | undefined;
  /** Receives the record of each batch that the call was in. */
  readonly onCall?: ((call: CallRecord) => void) | undefined;
}

/** The names of the options. */
const KEYS: readonly (keyof CallOptions)[] = [
  ...(["signal", "deadlineAt", "lane", "caller", "answerMs", "onCall"] as const),
];

/**
 * The largest plausible `performance.now()`, 31 years. A later time is one of `Date.now()`, except
 * in workerd, where the two are the same.
 */
const MAX_DEADLINE = 1e12;

/**
 * Checks the second argument of a runner's method.
 *
 * @param call the call for the message: `mnist.classify()`
 * @throws TypeError for anything but a context or an object of options
 */
export function checkCallOptions(call: string, options: unknown): CallOptions {
  if (options === undefined) return {};
  const wrong = problemOf(options);
  if (wrong === undefined) return options as CallOptions;
  throw new TypeError(
    `The second argument of ${call} must be the handler's context or { signal, deadlineAt }: ` +
      wrong,
  );
}

/** Returns the end of the message; `undefined` for valid options. */
function problemOf(options: unknown): string | undefined {
  if (typeof options !== "object" || options === null) {
    return `it was ${options === null ? "null" : `a ${typeof options}`}`;
  }
  if (Array.isArray(options)) return "it was an array";
  if (isSignal(options)) return "it was an AbortSignal; write { signal }";
  const { signal, deadlineAt, onCall, lane, caller, answerMs } = options as CallOptions;
  if (signal !== undefined && !isSignal(signal)) return '"signal" was not an AbortSignal';
  if (onCall !== undefined && typeof onCall !== "function") return '"onCall" was not a function';
  if (lane !== undefined && !LANES.includes(lane)) {
    return `"lane" was ${shown(lane)}, not ${LANES.map(shown).join(" or ")}`;
  }
  if (caller !== undefined && typeof caller !== "string") {
    return `"caller" was ${shown(caller)}, not a string`;
  }
  if (answerMs !== undefined && !(Number.isFinite(answerMs) && answerMs >= 0)) {
    return `"answerMs" was ${shown(answerMs)}, not a number of milliseconds from 0`;
  }
  if (deadlineAt === undefined) return (signal ?? onCall) ? undefined : strangeness(options);
  if (typeof deadlineAt !== "number" || Number.isNaN(deadlineAt)) {
    return `"deadlineAt" was ${String(deadlineAt)}, not a number of milliseconds`;
  }
  if (deadlineAt < MAX_DEADLINE || deadlineAt === Number.POSITIVE_INFINITY) return undefined;
  if (performance.now() >= MAX_DEADLINE) return undefined;
  return `"deadlineAt" was ${deadlineAt}, a time of Date.now(): use performance.now()`;
}

/** Names the keys of an object that has others only, such as a second input. */
function strangeness(options: object): string | undefined {
  const keys = Object.keys(options);
  if (keys.length === 0 || KEYS.some((key) => key in options)) return undefined;
  return `it had neither, but ${keys.slice(0, 5).map(shown).join(", ")}`;
}

/** Shows a value in an error message. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 50));
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** True for a signal of this or another realm. Older replacements have no `throwIfAborted()`. */
function isSignal(value: unknown): value is AbortSignal {
  if (value instanceof AbortSignal) return true;
  const { aborted, throwIfAborted } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof throwIfAborted === "function";
}
