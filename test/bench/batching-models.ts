/** Models whose cost is not linear, in virtual time, for `batching-table.ts`. */
import { type BatchOptions, fixedWindow, off } from "../../src/runner/batching/batch-options.ts";
import { type Cost, measured } from "../../src/simulator/cost.ts";
import type { Distribution } from "../../src/simulator/distribution.ts";
import { type SimulatedMethod, simulate } from "../../src/simulator/simulate.ts";
import { open } from "./batching-loads.ts";
import { seed } from "./seed.ts";

/** Calls a second of callers who each wait for their answer. */
async function closedRate(
  method: SimulatedMethod,
  parallel: number,
  batch: BatchOptions,
  weight: Distribution = 1,
): Promise<number> {
  const { total } = await simulate({
    methods: { method },
    groups: [{ parallel, weight, durationMs: 30_000 }],
    batch,
    seed,
  });
  return total.throughput;
}

/** An OCR classifier: 1.1 ms a row at 8 rows, 2.0 at 64. */
const OCR: Cost = measured([
  ...([
    [1, 1.6],
    [2, 2.7],
    [4, 4.8],
    [8, 8.8],
    [16, 20.5],
    [32, 49],
    [64, 128],
  ] as const),
]);
const SIZES = [1, 2, 4, 8, 16, 32, 64];

export function convexClosed(parallel: number): () => Promise<number> {
  const method = { cost: OCR, spread: 0.05 };
  return async () => {
    const fixed: number[] = [];
    for (const size of SIZES)
      fixed.push(await closedRate(method, parallel, { maxBatchSize: size }));
    return (await closedRate(method, parallel, {})) / Math.max(...fixed);
  };
}

export function convexOpen(load: number, deadlineMs: number): () => Promise<number> {
  const goodput = async (batch: BatchOptions): Promise<number> => {
    const perSecond = (load * 8_000) / 8.8;
    const report = await simulate({
      methods: { method: { cost: OCR, spread: 0.05 } },
      groups: [open(perSecond, { deadlineMs })],
      batch,
      seed,
    });
    return report.total.goodput;
  };
  return async () => {
    const fixed: number[] = [];
    for (const maxBatchSize of SIZES) fixed.push(await goodput({ maxBatchSize }));
    return (await goodput({})) / Math.max(...fixed);
  };
}

/** MiniLM on one thread: 1 ms a token, and more the larger the batch. */
const MINILM: SimulatedMethod = {
  cost: measured([
    ...([
      [1, 4],
      [16, 18],
      [64, 66],
      [256, 262],
      [512, 540],
      [1_024, 1_150],
    ] as const),
    [5_000, 6_600],
  ]),
  spread: 0.05,
  warmUpWeight: 16,
};
const TOKENS: Distribution = {
  quantiles: [
    ...([
      [0, 4],
      [0.25, 9],
      [0.5, 15],
      [0.75, 38],
      [0.9, 75],
      [0.99, 160],
      [1, 210],
    ] as const),
  ],
};

function textBy(other: SimulatedMethod, batch: BatchOptions): () => Promise<number> {
  return async () => {
    const own = await closedRate(MINILM, 32, {}, TOKENS);
    return own / (await closedRate(other, 32, batch, TOKENS));
  };
}

export const oneByOne = textBy(MINILM, { strategy: off() });
export const countBased = textBy(
  { ...MINILM, isWeighted: false },
  { maxBatchSize: 32, strategy: fixedWindow({ waitMs: 10_000 }) },
);
