/**
 * The weights of rows. The units of a batch are its rows times the weight of its heaviest row: its
 * time and its memory grow with them, since each row is padded to the longest.
 * @module
 */

import { isTensor, slice, type Tensor } from "../../tensor.ts";
import type { Padding } from "./padding.ts";
import { axisOf, type RowAxis } from "./rows.ts";
import { viewRows } from "./slices.ts";

/** The weights of the rows of a call: one number for all of them, or one each. */
export type Weights = number | Float64Array;

/** Returns the weight of a row, a finite number above 0; `at` is its index in the call. */
export type WeightOfRow = (row: unknown, at: number) => number;

/** The settings of a method that weigh its rows. */
export interface Weighing {
  readonly axisIn: RowAxis;
  readonly weightOf?: WeightOfRow | undefined;
  readonly padding?: Padding | undefined;
}

/**
 * Weighs the rows of a call.
 *
 * @returns 1 for each row of a method that declares neither a weight nor padding
 * @throws the error of the runnable's function; TypeError for a weight that is no finite number
 *   above 0
 */
export function weightsOf(input: unknown, rows: number, weighing: Weighing): Weights {
  const { axisIn, weightOf, padding } = weighing;
  if (weightOf === undefined) return padding === undefined ? 1 : padding.weightOf(input);
  if (rows === 0) return 1;
  const first = weightOf(rowAt(input, 0, axisIn), 0);
  let weights: Float64Array | undefined;
  for (let at = 1; at < rows; at++) {
    const weight = weightOf(rowAt(input, at, axisIn), at);
    if (weights === undefined && weight !== first) weights = new Float64Array(rows).fill(first);
    if (weights !== undefined) weights[at] = weight;
  }
  return weights ?? first;
}

/** Returns the largest weight of some rows of a call; 0 of none. It looks at each of them. */
export function heaviestOf(weights: Weights, begin: number, rows: number): number {
  if (typeof weights === "number") return rows > 0 ? weights : 0;
  let heaviest = 0;
  for (let at = begin; at < begin + rows; at++) {
    const weight = weights[at] as number;
    if (weight > heaviest) heaviest = weight;
  }
  return heaviest;
}

/** Returns the mean weight of the rows of a call. */
export function meanOf(weights: Weights, rows: number): number {
  if (typeof weights === "number") return weights;
  return weights.reduce((sum, weight) => sum + weight, 0) / rows;
}

/** Returns true if rows may be in one batch. A single row may, whatever it weighs. */
export function fitsBatch(
  rows: number,
  heaviest: number,
  limits: { readonly maxBatchSize: number; readonly maxBatchWeight: number },
): boolean {
  return rows <= limits.maxBatchSize && (rows <= 1 || rows * heaviest <= limits.maxBatchWeight);
}

/** Returns the weight function of a runnable, whose results are checked. */
export function checkedWeight(
  runner: string,
  method: string,
  weigh: (row: never) => number,
): WeightOfRow {
  return (row, at) => {
    const weight: unknown = weigh(row as never);
    if (typeof weight === "number" && Number.isFinite(weight) && weight > 0) return weight;
    const given = typeof weight === "number" ? weight : `of type ${typeof weight}`;
    throw new TypeError(
      `The weight of a row of "${method}" of runner "${runner}" must be a finite number above 0, ` +
        `but that of row ${at} was ${given}: see "weight" in the options of its runnable`,
    );
  };
}

/** Returns one row of an argument: an item, or a value of the same kind with one row. */
function rowAt(input: unknown, at: number, axis: RowAxis): unknown {
  if (Array.isArray(input)) return input[at];
  const row = (tensor: Tensor, own: number | undefined): Tensor =>
    own === undefined ? tensor : (viewRows(tensor, at, 1, own) ?? slice(tensor, at, 1, own));
  if (isTensor(input)) return row(input, axisOf(axis, "") ?? 0);
  const entries = Object.entries(input as Readonly<Record<string, Tensor>>);
  return Object.fromEntries(entries.map(([name, each]) => [name, row(each, axisOf(axis, name))]));
}
