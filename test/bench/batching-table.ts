/**
 * The figures that batching has to reach, in virtual time, in one run.
 *
 *     bun test/bench/batching-table.ts [--seed N] [words of the rows to run ...]
 *
 * Prints a line for each figure: its value, the target, and the cases that it is the worst of. The
 * synthetic model takes 1 ms a row and 5 ms a batch of at most 32 rows, which differ by 5 %: 865
 * calls a second on one worker. Times are those that clients see over HTTP. Exits with 1 if a
 * target is missed.
 */
import process from "node:process";
import { seededRandom } from "../../src/random.ts";
import { type BatchOptions, fixedWindow, off } from "../../src/runner/batching/batch-options.ts";
import { poisson } from "../../src/simulator/arrivals.ts";
import type { CallerGroup } from "../../src/simulator/clients.ts";
import { type Cost, linear, measured } from "../../src/simulator/cost.ts";
import type { Distribution } from "../../src/simulator/distribution.ts";
import type { CallsReport, EndedCall, SimulationReport } from "../../src/simulator/report.ts";
import { type SimulatedMethod, type Simulation, simulate } from "../../src/simulator/simulate.ts";
import { scheduling } from "./scheduling.ts";

const words = process.argv.slice(2);
const seedAt = words.indexOf("--seed");
const [seedText = "1"] = seedAt < 0 ? [] : words.splice(seedAt, 2).slice(1);
const seed = Number(seedText);

const SECONDS = 10;
const SYNTHETIC: SimulatedMethod = { cost: linear({ a: 1, b: 5 }), spread: 0.05 };
const CAPACITY = 32_000 / 37;
const BATCH: BatchOptions = { maxBatchSize: 32 };

/** The worst value of a figure, and its case. */
interface Found {
  readonly value: number;
  readonly worst: string;
}

interface Figure {
  readonly what: string;
  readonly target: number;
  /** True if the value may be at most the target. */
  readonly isMost?: boolean;
  measure(): Promise<Found>;
}

function open(perSecond: number, group: CallerGroup = {}, salt = 0): CallerGroup {
  const arrivals = poisson(perSecond, SECONDS * 1000, seededRandom(seed * 100 + salt));
  return { arrivals, ...group };
}

async function worst(
  cases: readonly (readonly [name: string, value: () => Promise<number>])[],
  isMost = false,
): Promise<Found> {
  let found: Found | undefined;
  for (const [name, measure] of cases) {
    const value = await measure();
    const isWorse = found === undefined || (isMost ? value > found.value : value < found.value);
    if (isWorse) found = { value, worst: `${name}: ${value.toFixed(3)}` };
  }
  if (found === undefined) throw new Error("no cases");
  return found;
}

/** The two ways to give a deadline: by the client, and by the settings. */
const STATED = ["stated", "maxLatencyMs"] as const;
type Stated = (typeof STATED)[number];

function atLoad(
  load: number,
  deadlineMs: number,
  how: Stated,
  given: Partial<Simulation> & { readonly strategy?: BatchOptions["strategy"] } = {},
): Promise<SimulationReport> {
  const { strategy, ...others } = given;
  const isStated = how === "stated";
  return simulate({
    methods: { synthetic: SYNTHETIC },
    groups: [open(load * CAPACITY, isStated ? { deadlineMs } : {})],
    batch: {
      ...BATCH,
      ...(strategy !== undefined && { strategy }),
      ...(!isStated && { maxLatencyMs: deadlineMs }),
    },
    seed,
    ...others,
  });
}

/** Measures a figure of the calls for both ways of giving a deadline. */
function synthetic(load: number, deadlineMs: number, read: (calls: CallsReport) => number) {
  return (): Promise<Found> =>
    worst(
      STATED.map((how) => [how, async () => read((await atLoad(load, deadlineMs, how)).total)]),
    );
}

/** Measures a share over all loads and deadlines. */
function everywhere(
  read: (calls: CallsReport) => number,
  isMost: boolean,
  strategies: Readonly<Record<string, BatchOptions["strategy"]>> = { adaptive: undefined },
): () => Promise<Found> {
  const cases = [0.7, 0.9, 1.15, 3].flatMap((load) =>
    [20, 50, 200].flatMap((deadlineMs) =>
      STATED.flatMap((how) =>
        Object.entries(strategies).map(([name, strategy]) => {
          const given = strategy === undefined ? {} : { strategy };
          const measure = async (): Promise<number> =>
            read((await atLoad(load, deadlineMs, how, given)).total);
          return [`load ${load}, ${deadlineMs} ms ${how}, ${name}`, measure] as const;
        }),
      ),
    ),
  );
  return () => worst(cases, isMost);
}

/** Fewer refusals than 30 say nothing. */
function soonShare({ refusedSoonShare, refused, expired }: CallsReport): number {
  return refused + expired < 30 ? 1 : refusedSoonShare;
}

/** A method with few calls beside one with far too many: its calls in time. */
function beside(kind: "batched" | "plain", perSecond: number): () => Promise<number> {
  return async () => {
    const { groups } = await simulate({
      methods: { small: SYNTHETIC, large: { ...SYNTHETIC, kind } },
      groups: [
        open(20, { method: "small", deadlineMs: 50 }),
        open(perSecond, { method: "large", deadlineMs: 50 }, 1),
      ],
      batch: BATCH,
      seed,
    });
    return groups[0]?.inTimeShare ?? 0;
  };
}

/** The 99th percentile of a polite caller beside a greedy one, by its own alone. */
async function politeness(): Promise<number> {
  const p99 = async (others: readonly CallerGroup[]): Promise<number> => {
    const { groups } = await simulate({
      methods: { synthetic: SYNTHETIC },
      groups: [open(20, { name: "polite", caller: "polite" }), ...others],
      batch: { ...BATCH, maxQueueRows: 10_000 },
      seed,
    });
    return groups[0]?.latencyMs.p99 ?? 0;
  };
  const greedy = { name: "greedy", caller: "greedy", parallel: 1_000, durationMs: SECONDS * 1000 };
  return (await p99([greedy])) / (await p99([]));
}

/** The rate of calls in time from 200 ms after a disturbance on, by that before. */
function recovery(how: Stated, endsAtMs: number, given: Partial<Simulation>) {
  return async (): Promise<number> => {
    const ended: EndedCall[] = [];
    await atLoad(0.8, 50, how, { ...given, onEnd: (call) => ended.push(call) });
    const rate = (fromMs: number, toMs: number): number => {
      const sent = ended.filter(({ sentAt }) => sentAt >= fromMs && sentAt < toMs);
      return sent.filter(({ isInTime }) => isInTime).length / (toMs - fromMs);
    };
    return rate(endsAtMs + 200, endsAtMs + 2_000) / rate(500, 2_000);
  };
}

const DISTURBANCES: Readonly<Record<string, readonly [endsAtMs: number, Partial<Simulation>]>> = {
  "a pause of 3 s": [5_000, { pauses: [{ atMs: 2_000, ms: 3_000 }] }],
  "a batch of 5 s": [
    7_050,
    { methods: { synthetic: { ...SYNTHETIC, outliers: [{ atMs: 2_000, ms: 5_000 }] } } },
  ],
};

async function computedForSomebody(): Promise<number> {
  const { methods } = await simulate({
    methods: { synthetic: SYNTHETIC },
    groups: [open(1.15 * CAPACITY, { deadlineMs: 300, patienceMs: 300 })],
    batch: BATCH,
    seed,
  });
  const { rowsAnswered = 0, rowsComputed = 1 } = methods["synthetic"] ?? {};
  return rowsAnswered / rowsComputed;
}

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

function convexClosed(parallel: number): () => Promise<number> {
  const method = { cost: OCR, spread: 0.05 };
  return async () => {
    const fixed: number[] = [];
    for (const size of SIZES)
      fixed.push(await closedRate(method, parallel, { maxBatchSize: size }));
    return (await closedRate(method, parallel, {})) / Math.max(...fixed);
  };
}

function convexOpen(load: number, deadlineMs: number): () => Promise<number> {
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

const oneByOne = textBy(MINILM, { strategy: off() });
const countBased = textBy(
  { ...MINILM, isWeighted: false },
  { maxBatchSize: 32, strategy: fixedWindow({ waitMs: 10_000 }) },
);

const one = (name: string, measure: () => Promise<number>) => () => worst([[name, measure]]);

const figures: readonly Figure[] = [
  {
    what: "goodput by capacity: deadline 50 ms, load 3",
    target: 0.9,
    measure: synthetic(3, 50, ({ goodput }) => goodput / CAPACITY),
  },
  {
    what: "in time: deadline 50 ms, load 0.9",
    target: 0.97,
    measure: synthetic(0.9, 50, ({ inTimeShare }) => inTimeShare),
  },
  {
    what: "in time: deadline 20 ms, load 0.7",
    target: 0.85,
    measure: synthetic(0.7, 20, ({ inTimeShare }) => inTimeShare),
  },
  {
    what: "late answers, of all answers",
    target: 0.02,
    isMost: true,
    measure: everywhere(({ lateShare }) => lateShare, true),
  },
  {
    what: "refused within 5 ms",
    target: 0.95,
    measure: everywhere(soonShare, false, {
      adaptive: undefined,
      off: off(),
    }),
  },
  {
    what: "small method beside an overloaded one, in time",
    target: 0.98,
    measure: () =>
      worst([
        ["batched", beside("batched", 2_000)],
        ["plain", beside("plain", 300)],
      ]),
  },
  {
    what: "polite caller's p99 by its own alone",
    target: 3,
    isMost: true,
    measure: one("1,000 parallel calls", politeness),
  },
  {
    what: "rate after a disturbance by that before",
    target: 0.95,
    measure: () =>
      worst(
        Object.entries(DISTURBANCES).flatMap(([name, [endsAtMs, given]]) =>
          STATED.map((how) => [`${name}, ${how}`, recovery(how, endsAtMs, given)] as const),
        ),
      ),
  },
  {
    what: "rows computed that were answered, impatient callers",
    target: 0.95,
    measure: one("load 1.15, 300 ms", computedForSomebody),
  },
  {
    what: "convex cost, by the best fixed size",
    target: 0.97,
    measure: () =>
      worst([
        ["32 callers", convexClosed(32)],
        ["128 callers", convexClosed(128)],
        ["load 0.9, 200 ms", convexOpen(0.9, 200)],
        ["load 3, 200 ms", convexOpen(3, 200)],
      ]),
  },
  {
    what: "mixed lengths, 32 callers, by one by one",
    target: 1,
    measure: one("MiniLM", oneByOne),
  },
  {
    what: "mixed lengths, 32 callers, by 32 at a time",
    target: 2.5,
    measure: one("MiniLM", countBased),
  },
  {
    what: "processor time of a call in the scheduler, µs",
    target: 3,
    isMost: true,
    measure: () => worst([["100,000 calls in batches of 32", scheduling]]),
  },
];

console.log(`${"".padEnd(54)}${"value".padStart(8)}${"target".padStart(9)}`);
for (const { what, target, isMost = false, measure } of figures) {
  if (words.length > 0 && !words.some((word) => what.includes(word))) continue;
  const { value, worst: name } = await measure();
  const isMet = isMost ? value <= target : value >= target;
  if (!isMet) process.exitCode = 1;
  const sign = `${isMost ? "<=" : ">="} ${target}`;
  const cells = [what.padEnd(54), value.toFixed(3).padStart(8), sign.padStart(9)];
  console.log(`${cells.join("")}  ${isMet ? "  " : "no"}  ${name}`);
}
