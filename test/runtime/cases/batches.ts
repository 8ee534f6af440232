/** Batching: calls of several requests are joined, and each gets its own answer. */
import { api, json, ndarray } from "ekiben";
import type { BatchedRunner } from "./acting.ts";
import { ensure, equal, until, withTime } from "./check.ts";
import { growthSince, scrape, sumOf } from "./scrape.ts";
import type { Case, Target } from "./target.ts";

/** How long the first batch takes, so that the other calls meet in the queue, in milliseconds. */
const HOLD_MS = [120, 2000] as const;
/** The time after which a call has begun. */
const BEGIN_MS = 30;

export function batchApis(runner: BatchedRunner) {
  return {
    rows: api(
      { input: ndarray({ dtype: "float32", shape: [-1, 2] }), output: json<number[][]>() },
      async (rows, context) => {
        const { shape, data } = await runner.double(rows, context);
        return Array.from({ length: shape[0] ?? 0 }, (_, row) => [
          data[2 * row] ?? Number.NaN,
          data[2 * row + 1] ?? Number.NaN,
        ]);
      },
    ),
  };
}

interface Answer {
  readonly status: number;
  readonly rows: readonly (readonly [value: number, together: number])[];
}

async function send(target: Target, ...rows: readonly (readonly number[])[]): Promise<Answer> {
  const body = JSON.stringify(rows);
  const response = await target.fetch("/rows", { method: "POST", body });
  const answer = await response.json();
  return { status: response.status, rows: response.ok ? answer : [] };
}

/** Sends a call that holds the worker, and others while it does. */
async function together(
  target: Target,
  values: readonly number[],
  holdMs: number,
): Promise<readonly Answer[]> {
  const first = send(target, [0, holdMs]);
  await new Promise((resolve) => setTimeout(resolve, BEGIN_MS));
  const others = await Promise.all(values.map((value) => send(target, [value, 0])));
  equal((await first).rows, [[0, 1]], "The first call");
  return others;
}

async function join(target: Target, holdMs: number): Promise<void> {
  const before = await scrape(target);
  const values = Array.from({ length: 12 }, (_, at) => at + 1);
  const answers = await together(target, values, holdMs);
  equal(
    answers.map(({ rows: [row] }) => row?.[0]),
    values.map((value) => 2 * value),
    "The values",
  );
  const sizes = answers.map(({ rows: [row] }) => row?.[1] ?? 0);
  ensure(Math.max(...sizes) > 1, `No batch had two rows, but ${sizes}`);
  // In a batch of n rows, n rows say so.
  const batches = sizes.reduce((sum, size) => sum + 1 / size, 0);
  const grown = await growthSince(before, target);
  equal(grown("ekiben_batches_total{"), 1 + batches, "The number of batches in the metrics");
  equal(grown("rows_seen_total"), 13, "The rows of the runnable");
  equal(grown("ekiben_batch_rows_sum"), 13, "The rows of batches");
}

export const BATCHING: readonly Case[] = [
  {
    name: "calls of several requests are joined",
    async run(target) {
      await send(target, [0, 0]); // it may still have to start
      await withTime(HOLD_MS, (holdMs) => join(target, holdMs));
    },
  },
  {
    name: "of the calls that are joined, only the one that fails fails",
    async run(target) {
      const answers = await together(target, [1, -1, 2, 3], HOLD_MS[0]);
      equal(
        answers.map(({ status, rows: [row] }) => [status, row?.[0] ?? null]),
        [
          [200, 2],
          [500, null],
          [200, 4],
          [200, 6],
        ],
      );
    },
  },
  {
    name: "a call has more rows than a batch",
    async run(target) {
      const rows = Array.from({ length: 250 }, (_, at) => [at, 0]);
      const answer = await send(target, ...rows);
      equal(
        answer.rows.map(([value]) => value),
        rows.map(([value = 0]) => 2 * value),
      );
    },
  },
];

/** How long a batch takes during which another call is canceled, in milliseconds. */
const LONG_HOLD_MS = [500, 3000] as const;

/** A caller that disconnects while its call waits. */
export const CANCELED: Case = {
  name: "a call that waits is canceled",
  async run(target) {
    await send(target, [0, 0]);
    await withTime(LONG_HOLD_MS, (holdMs) => cancel(target, holdMs));
  },
};

async function cancel(target: Target, holdMs: number): Promise<void> {
  const before = await scrape(target);
  const caller = new AbortController();
  const first = send(target, [0, holdMs]);
  await new Promise((resolve) => setTimeout(resolve, BEGIN_MS));
  const init = { method: "POST", body: "[[1, 0]]", signal: caller.signal };
  let isOver = false;
  const second = target
    .fetch("/rows", init)
    .then(
      ({ status }) => status,
      () => 499,
    )
    .finally(() => {
      isOver = true;
    });
  const waits = async () => sumOf(await scrape(target), "ekiben_queue_depth{") === 1;
  await until(async () => isOver || (await waits()), "The second call waits");
  caller.abort();
  const status = await second;
  await first;
  equal(status, 499);
  const grown = await growthSince(before, target);
  equal(grown("rows_seen_total"), 1, "The rows of the runnable");
  equal(grown("ekiben_canceled_total{"), 1, "The canceled calls in the metrics");
}
