/** The cells of the live table: situations of the scheduler, and the target of each. */
import { fixedWindow, off, targetLatency } from "../../../src/runner/batching/batch-options.ts";
import { beside, deadlines, impatient, mixed, plainOverload, runners, shared } from "./callers.ts";
import { type Cell, clientOf, EVERY } from "./cell.ts";
import { capacityOf } from "./cost-curve.ts";
import { disturbed, pause, slowBatch } from "./disturbances.ts";
import type { Lab } from "./lab.ts";
import { burst, lengths, rows, shapes, sizes } from "./queues.ts";

type Batch = Parameters<Lab["open"]>[0];

/** One flow of calls with a deadline, which is the method's. */
function deadline(maxLatencyMs: number, load: number, target?: string, batch: Batch = {}): Cell {
  return async (lab) => {
    await using server = await lab.open({ maxLatencyMs, ...batch });
    const { cost, workers } = lab.settings;
    const isOff = batch.strategy?.name === "off";
    const capacity = isOff ? workers * capacityOf(cost, 1) : lab.capacity;
    const flow = lab.flow("calls", { perSecond: load * capacity });
    const results = await lab.run(server, [flow]);
    const name = `${batch.strategy?.name ?? "adaptive"} ${maxLatencyMs} ms, load ${load}`;
    const own = lab.figures(results, flow, maxLatencyMs, capacity);
    const figures = { ...own, ...clientOf(results) };
    return [{ name, figures, ...(target && { target }) }];
  };
}

/** The cells by their names. */
export const CELLS: Readonly<Record<string, Cell>> = {
  "50x3": deadline(50, 3, `goodput/capacity >= 0.9, ${EVERY}`),
  "50x0.9": deadline(50, 0.9, `in time >= 97 %, ${EVERY}`),
  "20x0.7": deadline(20, 0.7, `in time >= 85 %, ${EVERY}`),
  "100x3": deadline(100, 3, `goodput/capacity >= 0.9, ${EVERY}`),
  "200x1.5": deadline(200, 1.5, EVERY),
  small: beside("/small", "/call", (lab) => 2.3 * lab.capacity),
  plain: beside("/call", "/plain", () => 300),
  greedy: shared("Authorization", "Bearer polite", "Bearer greedy", 1000),
  lanes: shared("Ekiben-Lane", "interactive", "bulk", 500),
  impatient: impatient({ "Request-Timeout": "0.3" }),
  leaving: impatient({}),
  pause: disturbed("a pause of 3 s", pause),
  batch: disturbed("a batch of 5 s", slowBatch(5000)),
  // Below the limit from which a worker is taken to hang.
  outlier: disturbed("a batch of 0.9 s", slowBatch(900)),
  off: deadline(50, 0.9, EVERY, { strategy: off() }),
  "off x3": deadline(50, 3, EVERY, { strategy: off() }),
  fixedWindow: deadline(50, 0.7, EVERY, { strategy: fixedWindow({ waitMs: 5 }) }),
  targetLatency: deadline(100, 0.7, EVERY, { strategy: targetLatency({ latencyMs: 60 }) }),
  "fixedWindow x3": deadline(50, 3, EVERY, { strategy: fixedWindow({ waitMs: 5 }) }),
  "targetLatency x3": deadline(100, 3, EVERY, { strategy: targetLatency({ latencyMs: 60 }) }),
  "plain x2": plainOverload,
  lengths,
  mixed,
  deadlines,
  rows: rows(0.8),
  "rows x2": rows(2),
  shapes,
  burst,
  sizes,
  runners,
};
