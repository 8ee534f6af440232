/**
 * sizeOfCall(): the rows of a call, what they weigh, and the pieces that it is cut into.
 * @module
 */

import { type Shape, shapeOf } from "../rows/rows.ts";
import { fitsBatch, heaviestOf, meanOf, weightsOf } from "../rows/weights.ts";
import { tooHeavy, tooManyRows } from "../runner-error.ts";
import type { BatcherContext } from "./batcher-context.ts";
import { type Piece, piecesOf } from "./pieces.ts";

/** The size of a call. */
export interface CallSize extends Shape {
  /** The weight of its heaviest row. */
  readonly weight: number;
  /** The mean weight of its rows; `undefined` for a method without weights. */
  readonly meanWeight: number | undefined;
  /** Its pieces, if its rows differ in weight and may be in several batches. */
  readonly pieces: readonly Piece[] | undefined;
}

/** The size of a call that is not batched. */
const ONE_ROW: CallSize = {
  ...{ rows: 1, key: "", weight: 1 },
  ...{ meanWeight: undefined, pieces: undefined },
};

/**
 * Measures a call.
 *
 * @param mayCut false for a call whose rows are to be in one batch, if they fit
 * @throws ServiceError `invalid_argument` for an argument without rows, or one that must be in one
 *   batch and is too large or too heavy; the error of the runnable's weight function
 */
export function sizeOfCall(input: unknown, context: BatcherContext, mayCut: boolean): CallSize {
  const { runner, method, settings, isBatched = true, splittable = true } = context;
  if (!isBatched) return ONE_ROW;
  const { axisIn, padding, weightOf, maxBatchSize, maxBatchWeight, strategy } = settings;
  const { rows, key } = shapeOf(input, axisIn, padding);
  if (!splittable && rows > maxBatchSize) throw tooManyRows(runner, method, rows, maxBatchSize);
  if (weightOf === undefined && padding === undefined) {
    return { rows, key, weight: 1, meanWeight: undefined, pieces: undefined };
  }
  const weights = weightsOf(input, rows, settings);
  const weight = rows === 0 ? 1 : heaviestOf(weights, 0, rows);
  if (!splittable && !fitsBatch(rows, weight, settings)) {
    throw tooHeavy(runner, method, rows, weight, maxBatchWeight);
  }
  const meanWeight = meanOf(weights, rows);
  // Padded tensors are rectangles: each row is as long as the longest, whatever it weighs.
  const isCut = mayCut && padding === undefined && strategy.name !== "off";
  const pieces = isCut && typeof weights !== "number" ? piecesOf(weights, settings) : [];
  return { rows, key, weight, meanWeight, pieces: pieces.length > 1 ? pieces : undefined };
}
