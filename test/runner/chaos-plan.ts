/** What the calls of a chaos test are to go through, all from one seed. */
import type { Mood } from "./fixtures/chaotic.ts";

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
  readonly method: "tensor" | "list" | "plain";
  readonly dtype: "float32" | "float64";
  readonly rows: number;
  readonly mood: Mood;
  /** The row that has the mood; the others just want an answer. */
  readonly moodyRow: number;
  readonly leave: Leave;
  readonly leaveMs: number;
}

/** Calls between two that end a worker, on average: it must have answered before the next. */
const LOSS_EVERY = 500;

/**
 * Calls of one kind between two that fail by themselves. In fewer, isolating them could exceed
 * its bound, and calls that are well could get the error of another, as they then may.
 */
const FAILURES_APART = 8;

const LOSSES = [
  "exit",
  "exitOnce",
  "exitLate",
  "throwOutside",
  "rejectOutside",
  "never",
  "never",
] as const;

/** Numbers from 0 below 1 (mulberry32), the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes plans for the calls of these ids; the same seed makes the same. */
export function makePlans(seed: number, begin: number, end: number, maxRows: number): Plan[] {
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const sinceFailure = new Map<string, number>();
  let nextLoss = begin + below(LOSS_EVERY);

  const mood = (id: number, kind: string): Mood => {
    const since = (sinceFailure.get(kind) ?? 0) + 1;
    sinceFailure.set(kind, since);
    if (id >= nextLoss) {
      nextLoss = id + LOSS_EVERY / 2 + below(LOSS_EVERY);
      return LOSSES[below(LOSSES.length)] ?? "never";
    }
    const draw = random();
    if (draw < 0.01) return "slow";
    if (draw > 0.05 || since < FAILURES_APART) return "answer";
    sinceFailure.set(kind, 0);
    return draw < 0.035 ? "throw" : "short";
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
    const method = (["tensor", "tensor", "list", "plain"] as const)[below(4)] ?? "plain";
    const dtype = random() < 0.5 ? "float32" : "float64";
    const many = random() < 0.04 ? maxRows : 6;
    const rows = method === "plain" || random() < 0.6 ? 1 : 1 + below(many);
    return {
      id,
      method,
      dtype,
      rows,
      mood: mood(id, method === "tensor" ? dtype : method),
      moodyRow: below(rows),
      leave: leave(),
      leaveMs: below(40),
    };
  });
}
