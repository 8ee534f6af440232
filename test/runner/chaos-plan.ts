/** What the calls of a chaos test are to go through, all from one seed. */
import { seededRandom } from "../../src/random.ts";
import { allocate, type Tensor } from "../../src/tensor.ts";
import { type Item, MAX_ROWS, MOODS, type Mood } from "./fixtures/chaotic.ts";

/** How a caller goes before it has an answer. */
export type Leave =
  | "stays"
  /** Before the call: nothing may be computed. */
  | "before"
  /** In the turn of the call, before any batch can have been closed. */
  | "atOnce"
  /** After a while: in the queue, during the run, or after the answer. */
  | "later"
  /** When its deadline has passed, of which the runner knows. */
  | "deadline";

/** A call to be made. */
export interface Plan {
  readonly id: number;
  readonly method: "tensor" | "list" | "plain" | "once";
  readonly batched: boolean;
  readonly dtype: "int32" | "float64";
  readonly rows: number;
  readonly mood: Mood;
  /** The row that has the mood; the others just want an answer. */
  readonly moodyRow: number;
  readonly leave: Leave;
  readonly leaveMs: number;
}

/** What plans are made of. */
export interface PlanOptions {
  /** Calls between two storms, on average. */
  readonly stormEvery: number;
  /** The moods of a storm, of which one is drawn: each of its calls has one of these. */
  readonly storms: readonly (readonly Mood[])[];
}

/** The calls of a storm. */
const STORM_CALLS = 12;

/** Storms of everything that ends workers, one kind at a time and mixed. */
export const STORMS: readonly (readonly Mood[])[] = [
  ["exit"],
  ["exit", "answer"],
  ["exitOnce", "answer"],
  ["exitLate", "answer"],
  ["throwOutside", "answer"],
  ["rejectOutside", "answer"],
  ["never"],
  ["never", "answer"],
  ["throw", "exit", "never", "rowError", "short", "answer"],
  ["exit", "exitLate", "exitOnce", "never", "slow", "throw"],
];

/** Makes plans for the calls from one id to before another; the same seed makes the same. */
export function makePlans(
  seed: number,
  [begin, end]: readonly [number, number],
  maxRows: number,
  { stormEvery, storms }: PlanOptions = { stormEvery: 1_500, storms: STORMS },
): Plan[] {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const oneOf = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
  let stormAt = begin + below(stormEvery);
  let storm = oneOf(storms);

  const mood = (id: number): Mood => {
    if (id >= stormAt + STORM_CALLS) {
      stormAt = id + stormEvery / 2 + below(stormEvery);
      storm = oneOf(storms);
    }
    if (id >= stormAt) return oneOf(storm);
    const draw = random();
    if (draw < 0.01) return "slow";
    if (draw < 0.02) return "rowError";
    if (draw < 0.1) return "throw";
    return draw < 0.12 ? "short" : "answer";
  };
  const leave = (): Leave => {
    const draw = random();
    if (draw < 0.02) return "before";
    if (draw < 0.05) return "atOnce";
    if (draw < 0.11) return "later";
    return draw < 0.2 ? "deadline" : "stays";
  };

  return Array.from({ length: end - begin }, (_, at) => {
    const id = begin + at;
    const method = oneOf(["tensor", "tensor", "tensor", "list", "list", "plain", "once"] as const);
    const batched = method === "tensor" || method === "list";
    const dtype = oneOf(["int32", "float64"] as const);
    const limit = random() < 0.05 ? maxRows : 6;
    const rows = !batched || random() < 0.6 ? 1 : 1 + below(limit);
    return {
      id,
      method,
      batched,
      dtype,
      rows,
      mood: mood(id),
      moodyRow: below(rows),
      leave: leave(),
      leaveMs: below(40),
    };
  });
}

/** The rows of a call. */
export function itemsOf({ id, rows, mood, moodyRow }: Plan): Item[] {
  return Array.from({ length: rows }, (_, at) => ({
    mood: at === moodyRow ? mood : "answer",
    row: id * MAX_ROWS + at,
  }));
}

/** The rows of a call as a tensor. */
export function tensorOf(plan: Plan): Tensor<"int32"> | Tensor<"float64"> {
  const numbers = itemsOf(plan).flatMap(({ mood, row }) => [MOODS.indexOf(mood), row]);
  const data = allocate(plan.dtype, numbers.length);
  (data as Float64Array).set(numbers);
  return { dtype: plan.dtype, shape: [plan.rows, 2], data } as Tensor<"float64">;
}
