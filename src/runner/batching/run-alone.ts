/**
 * runAlone(): runs a call of a method that is not batched.
 * @module
 */

import { type Payload, pack } from "../../worker/payload.ts";
import type { QueuedCall } from "../queue/queued-call.ts";
import type { BatchRunContext } from "./batch-run.ts";
import { chargeOf } from "./charge.ts";

/** Runs a call, and settles it. */
export async function runAlone(call: QueuedCall, context: BatchRunContext): Promise<void> {
  const { workers, runner, method, clock, latency, events, expectedMs, used } = context;
  const { pending } = call;
  let charged = expectedMs;
  let startedAt: number | undefined;
  let [joinMs, ranMs]: [number, number | undefined] = [0, undefined];
  const join = (): Payload => {
    const begunAt = clock.now();
    const payload = pack(call.input);
    joinMs = clock.now() - begunAt;
    return payload;
  };
  try {
    const output = await workers.runNow(method, join, {
      isWanted: () => pending.waiting,
      deadlineAt: call.deadlineAt,
      expectedMs,
      mayGoAhead: false,
      onStart: () => {
        const waitMs = clock.now() - call.enqueuedAt;
        if (startedAt === undefined) events?.waited?.(method, waitMs, call.lane);
        startedAt = clock.now();
      },
      onEnd: (ms, isAnswered, ownMs) => {
        ranMs = ownMs;
        used(chargeOf(ms, expectedMs, isAnswered) - charged);
        charged = 0;
      },
    });
    if (startedAt !== undefined) {
      const runMs = clock.now() - startedAt;
      latency.add(1, runMs);
      const waitMs = startedAt - call.enqueuedAt;
      const own = { runner, method, batch: call, rows: 1, callRows: 1, reason: undefined };
      call.onRun?.({ ...own, waitMs, joinMs, runMs, ranMs });
    }
    if (!pending.waiting) events?.unanswered?.(method, 1);
    pending.resolve(output);
  } catch (error) {
    pending.reject(error);
  }
}
