/**
 * Joins the inputs of calls into one batch, and cuts its answer apart again.
 * @module
 */

import { concat, formatShape, isTensor, type Tensor } from "../../tensor.ts";
import { type Payload, pack } from "../../worker/payload.ts";
import { cutUnpadded, joinPadded, lengthsToPad } from "./padded.ts";
import type { Padding } from "./padding.ts";
import { axisOf, isRecord, type RowAxis, shapeOf } from "./rows.ts";
import { copyRows, sliceRows } from "./slices.ts";

/** Consecutive rows of a call. */
export interface Part {
  /** The input of the whole call. */
  readonly input: unknown;
  /** The first of the rows. */
  readonly begin: number;
  readonly rows: number;
  /** True for all rows of the call. */
  readonly isWhole: boolean;
}

/**
 * Joins parts of one key into a payload. Each caller's rows are copied once, and its own memory
 * stays with it.
 *
 * @param padding pads them to the length of the longest
 */
export function joinPayload(parts: readonly Part[], axis: RowAxis, padding?: Padding): Payload {
  const fresh = new Set<unknown>();
  const lengths = padding && lengthsToPad(parts, padding);
  if (padding !== undefined && lengths !== undefined) {
    return pack(joinPadded(parts, axis, padding, lengths, fresh), fresh);
  }
  const inputs = parts.map(({ input, begin, rows, isWhole }) =>
    isWhole ? input : sliceRows(input, begin, rows, axis, fresh),
  );
  return pack(joinRows(inputs, axis, fresh), fresh);
}

/**
 * Joins values of one key, first come first. A single one is returned as it is.
 *
 * @param fresh receives the tensors that were allocated for it
 */
export function joinRows(
  values: readonly unknown[],
  axis: RowAxis,
  fresh: Set<unknown> = new Set(),
): unknown {
  const [first] = values;
  if (values.length === 1) return first;
  if (Array.isArray(first)) return (values as readonly unknown[][]).flat(1);
  const join = (tensors: readonly Tensor[], own: number): Tensor => {
    const joined = concat(tensors, own);
    fresh.add(joined);
    return joined;
  };
  if (isTensor(first)) return join(values as readonly Tensor[], axisOf(axis, "") ?? 0);
  const records = values as readonly Readonly<Record<string, Tensor>>[];
  return Object.fromEntries(
    Object.entries(first as Readonly<Record<string, Tensor>>).map(([name, tensor]) => {
      const own = axisOf(axis, name);
      if (own === undefined) return [name, tensor]; // of one key, so equal in all
      // Of one key, so of the same names.
      const tensors = records.map((record) => record[name] as Tensor);
      return [name, join(tensors, own)];
    }),
  );
}

/**
 * Cuts the answer of a batch into those of its parts. The answer to a whole call is a copy, which
 * its owner may change. That to some rows of a call may be a view: it is joined with the others.
 *
 * @param padding cuts them back to the lengths of their calls; the parts then have their inputs
 * @throws TypeError when the answer has other rows than the parts: a method that is batched must
 *   answer each row. Likewise for an answer that is not as long as the padded axes
 */
export function cutRows(
  value: unknown,
  parts: readonly (Pick<Part, "rows" | "isWhole"> & { readonly input?: unknown })[],
  axis: RowAxis,
  padding?: Padding,
): unknown[] {
  const isCutBack = padding !== undefined && padding.output.size > 0;
  // The rows of a model's answer may depend on the input; alone, any answer belongs to the call.
  if (parts.length === 1 && typeof axis !== "number") {
    return isCutBack ? cutUnpadded(value, parts, axis, padding) : [value];
  }
  const wanted = parts.reduce((sum, part) => sum + part.rows, 0);
  const { rows } = shapeOf(value, axis);
  if (rows !== wanted) {
    throw new TypeError(
      `A batched method must answer as many rows as it is given: it was given ${wanted}, ` +
        `but answered ${rows}`,
    );
  }
  if (isCutBack) return cutUnpadded(value, parts, axis, padding);
  let begin = 0;
  return parts.map((part) => {
    begin += part.rows;
    const first = begin - part.rows;
    return part.isWhole
      ? copyRows(value, first, part.rows, axis)
      : sliceRows(value, first, part.rows, axis);
  });
}

/**
 * Compares the answers of the parts of a call.
 *
 * @param wanted the number of rows of the call
 * @returns the reason why they cannot be joined; `undefined` if they can
 */
export function mismatchOf(
  answers: readonly unknown[],
  wanted: number,
  axis: RowAxis,
): string | undefined {
  const typeOf = ({ dtype, shape }: Tensor): string => `${dtype}${formatShape(shape)}`;
  const shapes = answers.map((answer) => shapeOf(answer, axis, undefined, typeOf));
  const keys = new Set(shapes.map(({ key }) => key));
  const rows = shapes.reduce((sum, shape) => sum + shape.rows, 0);
  if (keys.size > 1 || rows !== wanted) return [...keys].join(" and ");
  const [first, ...others] = answers.map((answer) => withoutRows(answer, axis));
  const differs = first?.find(([, { data }], at) =>
    others.some((other) => !isSameData(data, other[at]?.[1].data ?? [])),
  );
  return differs && `"${differs[0]}", which has no rows, differs between them`;
}

/** The tensors of a value that carry no rows, by their names. */
function withoutRows(value: unknown, axis: RowAxis): readonly [string, Tensor][] {
  if (Array.isArray(value) || isTensor(value) || !isRecord(value)) return [];
  const names = Object.keys(value).filter((name) => axisOf(axis, name) === undefined);
  return names.sort().map((name) => [name, value[name] as Tensor]);
}

function isSameData(one: Tensor["data"], other: ArrayLike<unknown>): boolean {
  for (let at = 0; at < one.length; at++) if (!Object.is(one[at], other[at])) return false;
  return one.length === other.length;
}
