/**
 * RunnerTrace: receives the calls and the batches of a runner, to record them.
 * @module
 */

import type { BatchRecord } from "../batching/batch-record.ts";
import type { Weighing } from "../batching/weights.ts";
import type { CallOptions } from "../call-options.ts";
import type { RunnerEvents } from "./runner-events.ts";

/** The listener. It may not throw. */
export interface RunnerTrace {
  /**
   * Called when a call begins. Returns a function to call at its end, with its HTTP status.
   *
   * @param weighing the rows of a batched method; `undefined` for any other
   */
  called(
    method: string,
    input: unknown,
    options: CallOptions,
    weighing: Weighing | undefined,
  ): (status: number) => void;
  /** Called when a batch has been answered or has failed. */
  batchDone(method: string, record: BatchRecord): void;
}

/** Returns the listeners of a runner's events, and a trace that receives its batches. */
export function withTrace(
  events: Partial<RunnerEvents> | undefined,
  trace: RunnerTrace | undefined,
): Partial<RunnerEvents> | undefined {
  if (trace === undefined) return events;
  const batchDone = (method: string, record: BatchRecord): void => {
    events?.batchDone?.(method, record);
    trace.batchDone(method, record);
  };
  return new Proxy(events ?? {}, {
    get(target, name) {
      if (name === "batchDone") return batchDone;
      const listener: unknown = Reflect.get(target, name, target);
      return typeof listener === "function" ? listener.bind(target) : listener;
    },
  });
}
