/**
 * RunnerTrace: receives the calls and the batches of a runner, to record them.
 * @module
 */

import type { RunnerEvents } from "./runner-events.ts";

/** The listener. It may not throw. */
export type RunnerTrace = Pick<RunnerEvents, "called" | "batchDone">;

/** Returns the listeners of a runner's events, and a trace beside them. */
export function withTrace(
  events: Partial<RunnerEvents> | undefined,
  trace: RunnerTrace | undefined,
): Partial<RunnerEvents> | undefined {
  if (trace === undefined) return events;
  const both: RunnerTrace = {
    called: (...call) => {
      const ended = events?.called?.(...call);
      const traced = trace.called(...call);
      return (status) => {
        ended?.(status);
        traced(status);
      };
    },
    batchDone: (method, record) => {
      events?.batchDone?.(method, record);
      trace.batchDone(method, record);
    },
  };
  return new Proxy(events ?? {}, {
    get(target, name) {
      if (name === "called" || name === "batchDone") return both[name];
      const listener: unknown = Reflect.get(target, name, target);
      return typeof listener === "function" ? listener.bind(target) : listener;
    },
  });
}
