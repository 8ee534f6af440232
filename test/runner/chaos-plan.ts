/** The plans of the calls of a chaos test, all from one seed. */
import { seededRandom } from "../../src/random.ts";
import { LANES, type Lane } from "../../src/runner/call-options.ts";
import { allocate, type Tensor } from "../../src/tensor.ts";
import { type Item, MAX_ROWS, MOODS, type Mood } from "./fixtures/chaotic.ts";

/** The way in which a caller leaves before it has an answer. */
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
  readonly method: "tensor" | "padded" | "list" | "plain" | "once";
  readonly batched: boolean;
  readonly dtype: "int32" | "float64";
  readonly rows: number;
  /** The numbers of each row: two, and others where they are padded. */
  readonly width: number;
  readonly mood: Mood;
  /** The row that has the mood; the others just want an answer. */
  readonly moodyRow: number;
  readonly leave: Leave;
  readonly leaveMs: number;
  readonly lane: Lane;
  readonly caller: string | undefined;
  /** The time that its answer takes to its caller, of which the runner knows. */
  readonly answerMs: number;
  /** True for a deadline that is far away, and must change nothing. */
  readonly hasTime: boolean;
}

/** The options of plans. */
export interface PlanOptions {
  /** Calls between two storms, on average. */
  readonly stormEvery: number;
  /** The number of calls of a storm. */
  readonly stormCalls: number;
  /**
   * The moods of each storm: each of its calls has one of them. The first storm is drawn, the
   * others follow in turn.
   */
  readonly storms: readonly (readonly Mood[])[];
  /** Moods that are left out, each with the one in its place. */
  readonly omitted: Readonly<Partial<Record<Mood, { readonly instead: Mood }>>>;
}

/** Storms of everything that ends workers, one kind at a time and mixed. */
export const STORMS: readonly (readonly Mood[])[] = [
  ["never"],
  ["exit"],
  ["throw", "exit", "never", "rowError", "short", "answer"],
  ["exitLate", "answer"],
  ["never", "answer"],
  ["kill", "throwOutside", "answer"],
  ["exit", "exitLate", "exitOnce", "never", "slow", "throw"],
  ["rejectOutside", "answer"],
  ["never", "kill", "answer", "answer"],
  ["exit", "exitOnce", "answer"],
];

/** Makes plans for the calls from one id to before another; the same seed makes the same. */
export function makePlans(
  seed: number,
  [begin, end]: readonly [number, number],
  maxRows: number,
  { stormEvery, stormCalls, storms, omitted }: PlanOptions,
): Plan[] {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const oneOf = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
  let stormAt = begin + below(stormEvery / 2);
  let storm = below(storms.length);

  const mood = (id: number): Mood => {
    if (id >= stormAt + stormCalls) {
      stormAt = id + stormEvery / 2 + below(stormEvery);
      storm = (storm + 1) % storms.length;
    }
    if (id >= stormAt) {
      const drawn = oneOf(storms[storm] ?? []);
      return omitted[drawn]?.instead ?? drawn;
    }
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
    const tensors = ["tensor", "tensor", "padded", "padded"] as const;
    const method = oneOf([...tensors, "list", "list", "plain", "once"] as const);
    const batched = method !== "plain" && method !== "once";
    const dtype = oneOf(["int32", "float64"] as const);
    const limit = random() < 0.05 ? maxRows : 6;
    const rows = !batched || random() < 0.6 ? 1 : 1 + below(limit);
    return {
      id,
      method,
      batched,
      dtype,
      rows,
      width: method === "padded" ? 2 + below(5) : 2,
      mood: mood(id),
      moodyRow: below(rows),
      leave: leave(),
      leaveMs: below(40),
      lane: oneOf(LANES),
      // One caller makes every third call, and some make a single one.
      caller: oneOf([undefined, "greedy", "greedy", `caller ${below(5)}`, "", `once ${id}`]),
      answerMs: oneOf([0, 0, 1, 30, 1_000]),
      hasTime: random() < 0.3,
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
  const more = new Array<number>(plan.width - 2).fill(7);
  const numbers = itemsOf(plan).flatMap(({ mood, row }) => [MOODS.indexOf(mood), row, ...more]);
  const data = allocate(plan.dtype, numbers.length);
  (data as Float64Array).set(numbers);
  return { dtype: plan.dtype, shape: [plan.rows, plan.width], data } as Tensor<"float64">;
}
