/**
 * TraceRecorder: records the calls and batches of runners in a file, for `ekiben simulate --trace`.
 * A line is a JSON object; no line has data of an input or an answer.
 *
 * - `{"ekiben":"trace","version":1,"at":…}`, the first one;
 * - a call, at its end: `t`, its arrival in milliseconds from the first line, `runner`, `method`,
 *   `rows`, `outcome` and `ms`, its duration; where they are not the defaults, `weight`, that of
 *   its heaviest row, `deadlineMs`, the time it was given, `lane`, and `plain`, true for a method
 *   that is not batched;
 * - a batch: `t`, its end, `runner`, `method`, `batch`, its rows, `units`, `calls`, `ms`, the
 *   duration of its run, and `reason`;
 * - `{"end":…}`, the last one, if the trace ended early.
 * @module
 */

import { messageOf } from "../error.ts";
import { log } from "../log.ts";
import type { BatchRecord } from "../runner/batching/batch-record.ts";
import type { CallOptions } from "../runner/call-options.ts";
import type { RunnerTrace } from "../runner/metrics/runner-trace.ts";
import { shapeOf } from "../runner/rows/rows.ts";
import { heaviestOf, type Weighing, weightsOf } from "../runner/rows/weights.ts";
import { BoundedLog } from "./bounded-log.ts";

/** The most bytes of a trace: about a million calls. */
const MAX_BYTES = 128 * 1024 * 1024;

/** The outcomes of calls by their HTTP statuses; any other one is `failed`. */
const OUTCOMES: Readonly<Record<number, string>> = {
  200: "answered",
  499: "left",
  503: "refused",
  504: "expired",
};

/** The trace of all runners of a server. */
export class TraceRecorder {
  readonly #log: BoundedLog;
  readonly #startedAt = performance.now();

  /** @throws Error if the file cannot be opened */
  constructor(path: string, maxBytes: number = MAX_BYTES) {
    try {
      this.#log = new BoundedLog(path, {
        maxBytes,
        lastLine: (reason) => JSON.stringify({ end: reason }),
        stopped: (text) => log.warn("{text}", { text }),
      });
    } catch (cause) {
      throw new Error(`Cannot record a trace in ${path}: ${messageOf(cause)}`, { cause });
    }
    this.#add({ ekiben: "trace", version: 1, at: new Date().toISOString() });
  }

  /** Returns the listener of a runner. */
  of(runner: string): RunnerTrace {
    return {
      called: (method, input, options, weighing) => {
        const at = performance.now();
        const facts = { ...sizeOf(input, weighing), ...termsOf(options, at) };
        return (status) =>
          this.#add({
            ...{ t: this.#after(at), runner, method, ...facts },
            outcome: OUTCOMES[status] ?? "failed",
            ms: rounded(performance.now() - at),
          });
      },
      batchDone: (method, record) => {
        this.#add({ t: this.#after(performance.now()), runner, method, ...batchOf(record) });
      },
    };
  }

  close(): void {
    this.#log.close();
  }

  #add(line: object): void {
    this.#log.add(JSON.stringify(line));
  }

  #after(at: number): number {
    return rounded(at - this.#startedAt);
  }
}

/** Returns the rows of an input and its heaviest weight. The call itself reports a wrong input. */
function sizeOf(input: unknown, weighing: Weighing | undefined): object {
  if (weighing === undefined) return { rows: 1, plain: true };
  try {
    const { rows } = shapeOf(input, weighing.axisIn);
    const weight = heaviestOf(weightsOf(input, rows, weighing), 0, rows);
    return { rows, ...(weight !== 1 && { weight: rounded(weight) }) };
  } catch {
    return { rows: 1 };
  }
}

function termsOf({ deadlineAt, lane }: CallOptions, now: number): object {
  const deadlineMs = deadlineAt === undefined ? Number.POSITIVE_INFINITY : deadlineAt - now;
  return {
    ...(deadlineMs < Number.POSITIVE_INFINITY && { deadlineMs: rounded(deadlineMs) }),
    ...(lane !== undefined && lane !== "interactive" && { lane }),
  };
}

function batchOf({ rows, units = rows, requests, runMs, reason }: BatchRecord): object {
  return { batch: rows, units: rounded(units), calls: requests, ms: rounded(runMs), reason };
}

/** Rounds to microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
