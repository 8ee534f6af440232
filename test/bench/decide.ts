/**
 * The time of a decision on the next batch, by the number of calls that wait.
 *
 *     bun test/bench/decide.ts [--seed N] [words of the rows to run ...]
 *
 * Prints the median and the 99th percentile of 1,000 decisions, in microseconds. A decision takes
 * the groups of a queue and calls the policy; its batch is then replaced by as many new calls.
 */

import { seededRandom } from "../../src/random.ts";
import type { Share, Waiting } from "../../src/runner/batching/fitting.ts";
import { decide } from "../../src/runner/batching/policy.ts";
import { LatencyModel } from "../../src/runner/latency/latency-model.ts";
import { inOrder, type QueueItem } from "../../src/runner/queue/call-group.ts";
import { CallQueue } from "../../src/runner/queue/call-queue.ts";
import { seed, words } from "./seed.ts";

const WAITING = [1, 1_000, 100_000];
const DECISIONS = 1_000;
const MAX_KEYS = 16;

interface Call extends QueueItem, Waiting {}

interface Mix {
  readonly keys?: number;
  readonly callers?: number;
  /** Rows weigh 4 to 210, and half of them less than 20. */
  readonly isWeighted?: boolean;
  /** The longest time of a call, in milliseconds; the shortest is half of it. */
  readonly leftMs?: number;
  readonly rows?: number;
}

const MIXES: Readonly<Record<string, Mix>> = {
  plain: {},
  "1,000 keys": { keys: 1_000 },
  "100 callers": { callers: 100 },
  "calls of 1 to 20 rows": { rows: 20 },
  "deadlines that bind": { leftMs: 80 },
  weighted: { isWeighted: true },
  "weighted, 100 callers": { isWeighted: true, callers: 100 },
  "weighted, deadlines that bind": { isWeighted: true, leftMs: 4_000 },
};

const random = seededRandom(seed);
const below = (end: number): number => Math.floor(random() * end);
let arrivals = 0;

function callOf({ keys = 1, callers = 1, isWeighted, leftMs = 60_000, rows: most = 1 }: Mix): Call {
  const weight = isWeighted ? Math.round(4 + 206 * random() ** 3) : 1;
  const rows = 1 + below(most);
  return {
    ...{ key: `${below(keys)}`, caller: `${below(callers)}`, rows, weight, units: rows * weight },
    ...{
      whole: false,
      enqueuedAt: 0,
      deadlineAt: leftMs * (0.5 + random() / 2),
      order: arrivals++,
    },
  };
}

/** 5 ms a batch and 1 ms a unit. */
function latency(): LatencyModel {
  const model = new LatencyModel();
  for (let round = 0; round < 8; round++) {
    for (let units = 1; units <= 8_192; units *= 2) model.add(units, 5 + units, round);
  }
  return model;
}

function decision(queue: CallQueue<Call>, model: LatencyModel): readonly Share<Call>[] {
  for (const group of queue.first(MAX_KEYS)) {
    const { send } = decide({
      ...{ now: 0, calls: inOrder(group), free: 1, ahead: 0, workers: 1, lastSentAt: 0 },
      nextFreeInMs: Number.POSITIVE_INFINITY,
      freeInMs: 0,
      waitingUnits: 0,
      ...{ maxBatchSize: 32, maxBatchWeight: Number.POSITIVE_INFINITY, latency: model },
      ...{ strategy: { name: "adaptive" }, price: 0.2, intervalMs: 1 },
    });
    if (send.length > 0) return send;
  }
  return [];
}

function measure(mix: Mix, waiting: number): string {
  const queue = new CallQueue<Call>();
  const model = latency();
  for (let at = 0; at < waiting; at++) queue.add(callOf(mix));
  const micros = new Float64Array(DECISIONS);
  for (let round = -DECISIONS / 5; round < DECISIONS; round++) {
    const startedAt = performance.now();
    const send = decision(queue, model);
    if (round >= 0) micros[round] = (performance.now() - startedAt) * 1_000;
    // Calls that are cut are taken whole.
    queue.takeRows(
      send.map(({ call }) => ({ call, rows: call.rows })),
      () => undefined,
    );
    while (queue.calls < waiting) queue.add(callOf(mix));
  }
  micros.sort();
  const at = (share: number): string => (micros[Math.floor(share * DECISIONS)] ?? 0).toFixed(1);
  return `${at(0.5)} (${at(0.99)})`;
}

const cells = (name: string, values: readonly string[]): string =>
  name.padEnd(32) + values.map((value) => value.padStart(18)).join("");

console.log(cells("calls that wait", WAITING.map(String)));
for (const [name, mix] of Object.entries(MIXES)) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  console.log(
    cells(
      name,
      WAITING.map((waiting) => measure(mix, waiting)),
    ),
  );
}
