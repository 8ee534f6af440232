/**
 * runAlone(): runs a call of a method that is not batched.
 * @module
 */

import { pack } from "../../worker/payload.ts";
import type { QueuedCall } from "../queue/queued-call.ts";
import type { BatchRunContext } from "./batch-run.ts";
import { chargeOf } from "./charge.ts";

/** Runs a call, and settles it. */
export async function runAlone(call: QueuedCall, context: BatchRunContext): Promise<void> {
  const { workers, method, clock, latency, events, expectedMs, used } = context;
  const { pending } = call;
  let charged = expectedMs;
  let startedAt: number | undefined;
  try {
    const output = await workers.runNow(method, () => pack(call.input), {
      isWanted: () => pending.waiting,
      deadlineAt: call.deadlineAt,
      expectedMs,
      mayGoAhead: false,
      onStart: () => {
        if (startedAt === undefined) events?.waited?.(method, clock.now() - call.enqueuedAt);
        startedAt = clock.now();
      },
      onEnd: (ms, isAnswered) => {
        used(chargeOf(ms, expectedMs, isAnswered) - charged);
        charged = 0;
      },
    });
    if (startedAt !== undefined) latency.add(1, clock.now() - startedAt);
    if (!pending.waiting) events?.unanswered?.(method, 1);
    pending.resolve(output);
  } catch (error) {
    pending.reject(error);
  }
}
