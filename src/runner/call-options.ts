/**
 * CallOptions: the second argument of a runner's methods, which a handler's context satisfies.
 * @module
 */

import { type Canceler, cancelerOf } from "./pool/abort-listeners.ts";
import type { ModelCondition, UsedModel } from "./used-model.ts";

/** The record of one call of a batched method: the batch that it was in, and its durations. */
export interface CallRecord {
  readonly runner: string;
  readonly method: string;
  /** The rows of the call. If it was in several batches: 0, in the records of all but the first. */
  readonly rows: number;
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

/** The record of one run of a call, of any method: alone, or in a batch. */
export interface RunRecord {
  readonly runner: string;
  readonly method: string;
  /** Names the run: the same object for all calls that were in it. */
  readonly batch: object;
  /** Its rows, of all calls together; 1 for a call that is not batched. */
  readonly rows: number;
  /** Those of the call; in several runs, of its part in this one. */
  readonly callRows: number;
  /** The reason why the batch has no more rows; undefined for a call that is not batched. */
  readonly reason: string | undefined;
  /** The time from the call to the start of its run, in milliseconds. */
  readonly waitMs: number;
  /** The end of that wait, in which the arguments were joined. */
  readonly joinMs: number;
  /** The time from the start of the run to its answer, in milliseconds. */
  readonly runMs: number;
  /** The part of that time that its worker has measured, if it has. */
  readonly ranMs: number | undefined;
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
  /** Receives the record of each run that the call was in, whether batched or not. */
  readonly onRun?: ((run: RunRecord) => void) | undefined;
  /** The models that may answer: a call of another fails with `model_mismatch`. Default: any. */
  readonly ifModel?: ModelCondition | undefined;
  /** Called with the model that has answered, if the runner has one. */
  onModel?(model: UsedModel): void;
  /** Called if the answer may come from a cache, whether or not it did. */
  onCached?(report: CacheReport): void;
}

/** The property by which contexts cancel their calls: a signal of each would cost more. */
export const CANCELER: unique symbol = Symbol("ekiben.canceler");

/** The context of a request, as the options of a call. */
export interface ContextOptions extends CallOptions {
  readonly [CANCELER]: Canceler;
}

function isContext(options: CallOptions): options is ContextOptions {
  return CANCELER in options;
}

/** Returns what cancels a call; undefined if nothing does. */
export function cancelerIn(options: CallOptions): Canceler | undefined {
  if (isContext(options)) return options[CANCELER];
  return options.signal && cancelerOf(options.signal);
}

/** What a cache says of an answer. */
export interface CacheReport {
  /** Whose answers the cache has. */
  readonly of: "model" | "api";
  /** The milliseconds since it was computed. */
  readonly ageMs: number;
  /** The milliseconds after which it is computed anew; undefined for none. */
  readonly maxAgeMs: number | undefined;
  /** True if the answer does not depend on its caller. */
  readonly isShared: boolean;
  /** The headers of the request that it depends on. */
  readonly vary?: readonly string[];
}

/** The names of the options. */
const KEYS: readonly (keyof CallOptions)[] = [
  ...(["signal", "deadlineAt", "lane", "caller", "answerMs", "onCall"] as const),
  ...(["onRun", "ifModel", "onModel", "onCached"] as const),
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
  if (isContext(options)) return undefined;
  if (Array.isArray(options)) return "it was an array";
  if (isSignal(options)) return "it was an AbortSignal; write { signal }";
  const { signal, deadlineAt, onCall, onRun, lane, caller, answerMs } = options as CallOptions;
  if (signal !== undefined && !isSignal(signal)) return '"signal" was not an AbortSignal';
  if (onCall !== undefined && typeof onCall !== "function") return '"onCall" was not a function';
  if (onRun !== undefined && typeof onRun !== "function") return '"onRun" was not a function';
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
