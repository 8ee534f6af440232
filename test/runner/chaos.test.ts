/**
 * The ledger of a runner whose workers do everything that workers must not: each call has exactly
 * one outcome, one that it may have. `CHAOS_SEED` repeats a run, `CHAOS_CALLS` makes a longer one.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setCallScope } from "../../src/call-scope.ts";
import { ServiceError } from "../../src/error.ts";
import { type Clock, systemClock } from "../../src/host.ts";
import { runner } from "../../src/runner/runner.ts";
import { nodeHost } from "../../src/runtime/node-host.ts";
import { allocate, type Tensor } from "../../src/tensor.ts";
import { until } from "../support/until.ts";
import { makePlans, type Plan } from "./chaos-plan.ts";
import chaotic, { type Item, MAX_ROWS, type Mood, MOODS } from "./fixtures/chaotic.ts";

const SEED = Number(process.env["CHAOS_SEED"] ?? Date.now() % 1_000_000);
const CALLS = Number(process.env["CHAOS_CALLS"] ?? 60_000);
const CALLERS = 96;
const WORKERS = 3;
const MAX_BATCH = 16;
/** What one round may keep that the round before did not: a megabyte is 40 bytes a call. */
const MAX_GROWTH = 8 * 2 ** 20;

/** The allowed ends of a call. */
type Outcome = "answer" | "own error" | "reason" | "unavailable" | "deadline";

/** The moods that have no right answer, where they are alone. */
const HOPELESS: readonly Mood[] = ["throw", "exit", "throwOutside", "rejectOutside", "never"];

/** The real clock, its timers counted. */
class CountingClock implements Clock {
  pending = 0;
  now = systemClock.now;

  after(ms: number, callback: () => void): () => void {
    let due = true;
    const over = (): void => {
      if (due) this.pending -= 1;
      due = false;
    };
    this.pending += 1;
    const cancel = systemClock.after(ms, () => {
      over();
      callback();
    });
    return () => {
      over();
      cancel();
    };
  }
}

/** What has become of the calls, and everything that is wrong with it. */
class Ledger {
  readonly outcomes: Record<Outcome, number> = {
    answer: 0,
    "own error": 0,
    reason: 0,
    unavailable: 0,
    deadline: 0,
  };
  readonly problems: string[] = [];
  /** Calls that may not have been computed at all. */
  readonly uncomputed: Plan[] = [];
  readonly #settled = new Uint8Array(CALLS);

  settle(plan: Plan, outcome: Outcome | undefined, text: string): void {
    const times = (this.#settled[plan.id] ?? 0) + 1;
    this.#settled[plan.id] = times;
    if (times > 1) this.problem(plan, `was settled ${times} times, last with: ${text}`);
    if (outcome === undefined) this.problem(plan, `must not end with: ${text}`);
    else this.outcomes[outcome] += 1;
  }

  problem(plan: Plan, text: string): void {
    if (this.problems.length < 20) this.problems.push(`${JSON.stringify(plan)} ${text}`);
  }

  /** Reports what has not been settled, and what was computed for nothing. */
  check(plans: readonly Plan[], started: Int32Array): void {
    for (const plan of plans) {
      if (this.#settled[plan.id] !== 1) this.problem(plan, "was never settled");
    }
    for (const plan of this.uncomputed) {
      const rows = started[plan.id] ?? 0;
      if (rows > 0) this.problem(plan, `was aborted in the queue, but ${rows} rows were started`);
    }
    assert.deepEqual(this.problems, [], `CHAOS_SEED=${SEED}`);
  }
}

async function chaos() {
  const shared = () => new Int32Array(new SharedArrayBuffer(4 * CALLS));
  const params = { started: shared(), struck: shared() };
  const clock = new CountingClock();
  const calls = runner(chaotic, {
    name: "chaos",
    workers: WORKERS,
    callTimeoutMs: 150,
    batch: { maxBatchSize: MAX_BATCH },
    params,
  });
  await calls.start({ ...nodeHost, clock });
  return { calls, clock, started: params.started, ledger: new Ledger() };
}

type Chaos = Awaited<ReturnType<typeof chaos>>;

/** Makes one call and enters its outcome. Never rejects. */
async function make(plan: Plan, { calls, ledger }: Chaos): Promise<void> {
  const { method, leave, leaveMs } = plan;
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error(`The caller of ${plan.id} has gone`);
  /** Calls that wait: an abort takes its own out at once. */
  const waiting = (): number => {
    const { queued, batchers } = calls.stats();
    return method === "plain" ? queued : (batchers[method]?.queuedCalls ?? 0);
  };
  const abort = (): void => {
    const before = waiting();
    controller.abort(reason);
    const parts = method === "plain" ? 1 : Math.ceil(plan.rows / MAX_BATCH);
    if (before - waiting() === parts) ledger.uncomputed.push(plan);
  };
  const deadlineAt = systemClock.now() + leaveMs;
  if (leave === "deadline") setCallScope(signal, { deadlineAt });
  if (leave === "before") controller.abort(reason);
  const call: Promise<unknown> =
    method === "plain"
      ? calls.plain(itemsOf(plan)[0] as Item, { signal })
      : method === "list"
        ? calls.list(itemsOf(plan), { signal })
        : calls.tensor(tensorOf(plan), { signal });
  const timed = leave === "later" || leave === "deadline";
  const cancel = timed ? systemClock.after(leaveMs, abort) : undefined;
  if (leave === "atOnce") abort();
  if (leave === "before" || (leave === "atOnce" && method !== "plain")) {
    ledger.uncomputed.push(plan);
  }
  await call.then(
    (output) => ledger.settle(plan, judgeAnswer(plan, output), JSON.stringify(output)),
    (error) => ledger.settle(plan, judgeError(plan, error, signal), String(error)),
  );
  cancel?.();
}

function itemsOf({ id, rows, mood, moodyRow }: Plan): Item[] {
  return Array.from({ length: rows }, (_, at) => ({
    mood: at === moodyRow ? mood : "answer",
    row: id * MAX_ROWS + at,
  }));
}

function tensorOf(plan: Plan): Tensor<"float32"> | Tensor<"float64"> {
  const numbers = itemsOf(plan).flatMap(({ mood, row }) => [MOODS.indexOf(mood), row]);
  const data = allocate(plan.dtype, numbers.length);
  (data as Float64Array).set(numbers);
  return { dtype: plan.dtype, shape: [plan.rows, 2], data } as Tensor<"float64">;
}

function judgeAnswer(plan: Plan, output: unknown): Outcome | undefined {
  const { id, method, dtype, rows, mood, leave } = plan;
  if (leave === "before" || leave === "atOnce" || HOPELESS.includes(mood)) return undefined;
  if (mood === "short" && method !== "plain") return undefined;
  const twice = Array.from({ length: rows }, (_, at) => 2 * (id * MAX_ROWS + at));
  const items = twice.map((number) => ({ twice: number }));
  const data = dtype === "float32" ? Float32Array.from(twice) : Float64Array.from(twice);
  const expected = {
    plain: items[0],
    list: items,
    tensor: { dtype, shape: [rows, 1], data },
  }[method];
  try {
    assert.deepEqual(output, expected);
    return "answer";
  } catch {
    return undefined;
  }
}

function judgeError(plan: Plan, error: unknown, signal: AbortSignal): Outcome | undefined {
  const { id, mood, method, leave } = plan;
  if (signal.aborted && error === signal.reason) return "reason";
  if (leave === "before") return undefined;
  const { message, code } = error as Partial<ServiceError>;
  const says = (pattern: RegExp): boolean => pattern.test(message ?? "");
  if (error instanceof ServiceError) {
    if (code === "unavailable") {
      return says(/lost 2 workers|could not be answered in time|is shutting down/)
        ? "unavailable"
        : undefined;
    }
    return code === "deadline_exceeded" && says(/did not answer/) ? "deadline" : undefined;
  }
  if (mood === "throw") return message === `Call ${id} throws` ? "own error" : undefined;
  const isShort = mood === "short" && method !== "plain";
  return isShort && says(/must answer as many rows as it is given/) ? "own error" : undefined;
}

/** Makes the calls, so many at a time, until all are settled. */
async function makeAll(plans: readonly Plan[], fixture: Chaos): Promise<void> {
  const rest = plans.values();
  const caller = async (): Promise<void> => {
    for (const plan of rest) await make(plan, fixture);
  };
  const round = Promise.all(Array.from({ length: CALLERS }, caller));
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, 60_000 + plans.length);
  await Promise.race([round, limit.promise]);
  clearTimeout(timer);
}

/** Bytes in use after a collection; `undefined` where none can be asked for. */
function heapUsed(): number | undefined {
  const { Bun } = globalThis as { readonly Bun?: { gc(force: boolean): void } };
  try {
    setFlagsFromString("--expose-gc");
    const collect = Bun ? () => Bun.gc(true) : (runInNewContext("gc") as () => void);
    for (let time = 0; time < 3; time++) collect();
    return process.memoryUsage().heapUsed;
  } catch {
    return undefined;
  }
}

test(`runner() settles each of ${CALLS} calls once, whatever its workers do`, async () => {
  const fixture = await chaos();
  const { calls, clock, ledger, started } = fixture;
  const beganAt = systemClock.now();
  const heap: (number | undefined)[] = [];
  for (const round of [0, 1]) {
    const [begin, end] = [(round * CALLS) / 2, ((round + 1) * CALLS) / 2];
    const plans = makePlans(SEED + round, begin, end, 3 * MAX_BATCH);
    await makeAll(plans, fixture);
    ledger.check(plans, started);
    await until(() => calls.stats().ready === WORKERS && calls.stats().running === 0);
    heap.push(heapUsed());
  }
  console.log(ledger.outcomes, calls.stats(), clock.pending, heap, systemClock.now() - beganAt, ledger.uncomputed.length);
  await calls.close();
  assert.equal(clock.pending, 0);
});
