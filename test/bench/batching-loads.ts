/** Loads on a synthetic model in virtual time, for `batching-table.ts`. */
import { seededRandom } from "../../src/random.ts";
import type { BatchOptions } from "../../src/runner/batching/batch-options.ts";
import { poisson } from "../../src/simulator/arrivals.ts";
import type { CallerGroup } from "../../src/simulator/clients.ts";
import { linear } from "../../src/simulator/cost.ts";
import type { CallsReport, EndedCall, SimulationReport } from "../../src/simulator/report.ts";
import { type SimulatedMethod, type Simulation, simulate } from "../../src/simulator/simulate.ts";
import { seed } from "./seed.ts";

const SECONDS = 10;
const SYNTHETIC: SimulatedMethod = { cost: linear({ a: 1, b: 5 }), spread: 0.05 };
export const CAPACITY = 32_000 / 37;
const BATCH: BatchOptions = { maxBatchSize: 32 };

/** The worst value of a figure, and its case. */
export interface Found {
  readonly value: number;
  readonly worst: string;
}

export function open(perSecond: number, group: CallerGroup = {}, salt = 0): CallerGroup {
  const arrivals = poisson(perSecond, SECONDS * 1000, seededRandom(seed * 100 + salt));
  return { arrivals, ...group };
}

export async function worst(
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
export const STATED = ["stated", "maxLatencyMs"] as const;
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
export function synthetic(load: number, deadlineMs: number, read: (calls: CallsReport) => number) {
  return (): Promise<Found> =>
    worst(
      STATED.map((how) => [how, async () => read((await atLoad(load, deadlineMs, how)).total)]),
    );
}

/** Measures a share over all loads and deadlines. */
export function everywhere(
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
export function soonShare({ refusedSoonShare, refused, expired }: CallsReport): number {
  return refused + expired < 30 ? 1 : refusedSoonShare;
}

/** A method with few calls beside one with far too many: its calls in time. */
export function beside(kind: "batched" | "plain", perSecond: number): () => Promise<number> {
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
export async function politeness(): Promise<number> {
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
export function recovery(how: Stated, endsAtMs: number, given: Partial<Simulation>) {
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

export const DISTURBANCES: Readonly<
  Record<string, readonly [endsAtMs: number, Partial<Simulation>]>
> = {
  "a pause of 3 s": [5_000, { pauses: [{ atMs: 2_000, ms: 3_000 }] }],
  "a batch of 5 s": [
    7_050,
    { methods: { synthetic: { ...SYNTHETIC, outliers: [{ atMs: 2_000, ms: 5_000 }] } } },
  ],
};

export async function computedForSomebody(): Promise<number> {
  const { methods } = await simulate({
    methods: { synthetic: SYNTHETIC },
    groups: [open(1.15 * CAPACITY, { deadlineMs: 300, patienceMs: 300 })],
    batch: BATCH,
    seed,
  });
  const { rowsAnswered = 0, rowsComputed = 1 } = methods["synthetic"] ?? {};
  return rowsAnswered / rowsComputed;
}
