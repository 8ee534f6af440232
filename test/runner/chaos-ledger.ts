/** The ledger of a chaos test: the end of each call, checked against the ends that it may have. */
import assert from "node:assert/strict";
import { ServiceError } from "../../src/error.ts";
import { itemsOf, type Plan } from "./chaos-plan.ts";
import { type Mood, rowErrorText } from "./fixtures/chaotic.ts";

/** The allowed ends of a call. */
export type Outcome = "answered" | "failed" | "aborted" | "unavailable" | "timedOut";

/** The end of a call. */
export type Ended = PromiseSettledResult<unknown>;

/** The moods of a call that is never answered. */
const HOPELESS: readonly Mood[] = [
  ...(["throw", "exit", "kill", "throwOutside", "rejectOutside", "never"] as const),
];
/** The moods of a batched call that may end a worker twice, with nothing else running there. */
const DEADLY: readonly Mood[] = ["exit", "exitOnce", "kill", "throwOutside", "rejectOutside"];
/** The moods of a call that may run for longer than it may. */
const HANGING: readonly Mood[] = ["never", "native", "busy", "rejectOutside"];
/**
 * The most runs of a row: once in its batch, once more after a lost worker, and at each step of
 * the search for the calls that fail alone.
 */
const MAX_RUNS = 12;
const MAX_PROBLEMS = 20;

/** The outcomes that a call may have, beside those that are always allowed. */
export interface LedgerOptions {
  /** True if any call may be late: threads that cannot be stopped leave the others little time. */
  readonly isSlow?: boolean;
}

/** One line for each call, and everything that is wrong with it. */
export class Ledger {
  readonly outcomes: Record<Outcome, number> = {
    answered: 0,
    failed: 0,
    aborted: 0,
    unavailable: 0,
    timedOut: 0,
  };
  /** Calls of which no row may have been started. */
  readonly uncomputed = new Set<Plan>();
  readonly #problems: string[] = [];
  readonly #ends: Uint8Array;

  readonly #options: LedgerOptions;

  constructor(calls: number, options: LedgerOptions = {}) {
    this.#ends = new Uint8Array(calls);
    this.#options = options;
  }

  end(plan: Plan, ended: Ended, signal: AbortSignal): void {
    const { id } = plan;
    this.#ends[id] = (this.#ends[id] ?? 0) + 1;
    const outcome = judge(plan, ended, signal, this.#options);
    if (outcome !== undefined) this.outcomes[outcome] += 1;
    else this.#problem(plan, `must not end as ${describe(ended)}`);
  }

  /** Fails where a call has not ended once, as it may, or was computed for nothing. */
  check(plans: readonly Plan[], started: Int32Array, message: string): void {
    let [rowsAsked, rowsStarted] = [0, 0];
    for (const plan of plans) {
      const ends = this.#ends[plan.id] ?? 0;
      const rows = started[plan.id] ?? 0;
      if (ends !== 1) this.#problem(plan, `ended ${ends} times`);
      if (this.uncomputed.has(plan) && rows > 0) {
        this.#problem(plan, `was aborted in the queue, but ${rows} of its rows were started`);
      }
      if (plan.method === "once" && rows > 1) this.#problem(plan, `was run ${rows} times`);
      if (rows > MAX_RUNS * plan.rows) this.#problem(plan, `had ${rows} rows started`);
      rowsAsked += plan.rows;
      rowsStarted += rows;
    }
    assert.ok(rowsStarted < 2 * rowsAsked, `${rowsStarted} runs of ${rowsAsked} rows: ${message}`);
    this.uncomputed.clear();
    assert.deepEqual(this.#problems, [], message);
  }

  #problem(plan: Plan, text: string): void {
    if (this.#problems.length < MAX_PROBLEMS) {
      this.#problems.push(`${JSON.stringify(plan)} ${text}`);
    }
  }
}

function describe(ended: Ended): string {
  return ended.status === "fulfilled" ? JSON.stringify(ended.value) : String(ended.reason);
}

/** The kind of end, or `undefined` for one that the call may not have. */
function judge(
  plan: Plan,
  ended: Ended,
  signal: AbortSignal,
  { isSlow = false }: LedgerOptions,
): Outcome | undefined {
  if (ended.status === "fulfilled") return isRight(plan, ended.value) ? "answered" : undefined;
  const error: unknown = ended.reason;
  if (signal.aborted && error === signal.reason) return "aborted";
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if (/is shutting down|is not running/.test(message)) return "unavailable";
  if (plan.leave === "before") return undefined;
  if (!(error instanceof ServiceError)) return isOwn(plan, message) ? "failed" : undefined;
  switch (error.code) {
    case "unavailable":
      return isUnavailable(plan, message) ? "unavailable" : undefined;
    case "deadline_exceeded":
      return isTimedOut(plan, message) || (isSlow && message.includes("did not answer"))
        ? "timedOut"
        : undefined;
    default:
      return undefined;
  }
}

function isRight(plan: Plan, answer: unknown): boolean {
  const { method, batched, dtype, rows, width, mood, leave } = plan;
  if (leave === "before" || leave === "atOnce" || HOPELESS.includes(mood)) return false;
  if (mood === "short" && batched) return false;
  const numbers = method === "padded" ? width : 1;
  const twice = itemsOf(plan).flatMap(({ row }) => new Array<number>(numbers).fill(2 * row));
  const list = itemsOf(plan).map((item) =>
    item.mood === "rowError" && batched ? rowErrorText(item) : { twice: 2 * item.row },
  );
  const data = dtype === "int32" ? Int32Array.from(twice) : Float64Array.from(twice);
  const isTensor = method === "tensor" || method === "padded";
  const shape = [rows, numbers];
  const expected = isTensor ? { dtype, shape, data } : batched ? list : list[0];
  // Of an error that crossed threads, only the message is sure.
  const texts = (item: unknown): unknown => (item instanceof Error ? item.message : item);
  try {
    assert.deepEqual(Array.isArray(answer) ? answer.map(texts) : answer, expected);
    return true;
  } catch {
    return false;
  }
}

/** Returns true if the call has failed by itself, not with the error of another in its batch. */
function isOwn(plan: Plan, message: string): boolean {
  const { id, method, batched, rows, mood } = plan;
  switch (mood) {
    case "throw":
      return message === `Call ${id} throws`;
    case "short":
      return batched && message.includes("must answer as many rows as it is given");
    case "rowError":
      return method === "list" && rows === 1 && itemsOf(plan).map(rowErrorText)[0] === message;
    default:
      return false;
  }
}

/** Returns true if the call may have hung by itself, or may be late in a worker that ends. */
function isTimedOut({ mood, batched }: Plan, message: string): boolean {
  // The thread of one that ends its worker may be late to end.
  const isSilent = HANGING.includes(mood) || DEADLY.includes(mood);
  return message.includes("did not answer") && (isSilent || !batched);
}

function isUnavailable({ method, batched, mood, leave }: Plan, message: string): boolean {
  const isLate = /could not be answered in time|did not answer "\w+" in time/.test(message);
  if (isLate) return leave === "deadline";
  if (!batched) return message.includes(method === "once" ? "lost a worker" : "lost 2 workers");
  return DEADLY.includes(mood) && /lost [2-9] workers while/.test(message);
}
