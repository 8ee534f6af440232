/** CostCurve: the duration of a batch by its rows, given on the command line. */

/** Numbers of a curve, in milliseconds but for rows. */
export interface CostCurve {
  readonly kind: "linear" | "flat" | "convex" | "jump";
  readonly numbers: readonly number[];
}

const NUMBERS: Readonly<Record<CostCurve["kind"], number>> = {
  linear: 2,
  flat: 1,
  convex: 3,
  jump: 3,
};

/**
 * Reads `linear:a,b` (a n + b), `flat:b`, `convex:a,b,c` (a n + b + c n²), or `jump:a,b,step`
 * (a n + b, with n rounded up to a multiple of `step`).
 */
export function costCurve(text: string): CostCurve {
  const [kind = "", list = ""] = text.split(":");
  const numbers = list.split(",").map(Number);
  const isKnown = kind in NUMBERS && NUMBERS[kind as CostCurve["kind"]] === numbers.length;
  if (isKnown && numbers.every((value) => value >= 0)) {
    return { kind: kind as CostCurve["kind"], numbers };
  }
  throw new Error(
    `A cost must be linear:a,b flat:b convex:a,b,c or jump:a,b,step, but was "${text}"`,
  );
}

/** Returns the milliseconds of a batch. */
export function costMs({ kind, numbers: [a = 0, b = 0, c = 0] }: CostCurve, rows: number): number {
  if (kind === "flat") return a;
  if (kind === "convex") return a * rows + b + c * rows * rows;
  if (kind === "jump") return a * Math.ceil(rows / c) * c + b;
  return a * rows + b;
}

/** Returns the highest rate of rows, per second, of one worker. */
export function capacityOf(curve: CostCurve, maxRows: number): number {
  let best = 0;
  for (let rows = 1; rows <= maxRows; rows++) {
    best = Math.max(best, (1000 * rows) / costMs(curve, rows));
  }
  return best;
}
