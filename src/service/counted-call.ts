/**
 * counted(): a call of a model that its statistics count.
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import type { CallOptions, CallRecord, Lane, RunRecord } from "../runner/call-options.ts";
import type { ModelCondition, UsedModel } from "../runner/used-model.ts";
import type { StatisticsCounter } from "./model-statistics.ts";

/**
 * Runs a call, and counts its end and the runs that it was in.
 *
 * @param given the limits of the call
 * @param run calls a runner with the limits that it is given
 */
export async function counted<T>(
  statistics: StatisticsCounter,
  given: CallOptions | undefined,
  run: (call: CallOptions) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const startedAt = clock.now();
  const call = new CountedCall(given ?? {});
  try {
    const answer = await run(call);
    statistics.succeeded(clock.now() - startedAt, call.runs);
    return answer;
  } catch (error) {
    statistics.failed(clock.now() - startedAt);
    throw error;
  }
}

/** The limits of a call, which also keeps its runs. Those of a context are read when asked for. */
class CountedCall implements CallOptions {
  /** The runs that the call was in, each once. */
  readonly runs: RunRecord[] = [];
  readonly #given: CallOptions;

  constructor(given: CallOptions) {
    this.#given = given;
  }

  get signal(): AbortSignal | undefined {
    return this.#given.signal;
  }

  get deadlineAt(): number | undefined {
    return this.#given.deadlineAt;
  }

  get lane(): Lane | undefined {
    return this.#given.lane;
  }

  get caller(): string | undefined {
    return this.#given.caller;
  }

  get answerMs(): number | undefined {
    return this.#given.answerMs;
  }

  get onCall(): ((call: CallRecord) => void) | undefined {
    const given = this.#given;
    return given.onCall && ((record) => given.onCall?.(record));
  }

  get ifModel(): ModelCondition | undefined {
    return this.#given.ifModel;
  }

  onModel(model: UsedModel): void {
    this.#given.onModel?.(model);
  }

  readonly onRun = (run: RunRecord): void => {
    // Several pieces of the call may have been in one batch.
    if (this.runs.every(({ batch }) => batch !== run.batch)) this.runs.push(run);
    this.#given.onRun?.(run);
  };
}
