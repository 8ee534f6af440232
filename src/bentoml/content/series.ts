/**
 * Series from and to the field `series`.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import type { SeriesSpec } from "../../io/spec.ts";
import type { Series } from "../../io/table/series.ts";
import type { SeriesMessage } from "./message.ts";
import { decodeCells, encodeCells, filledFields } from "./series-field.ts";

/**
 * Decodes a series. It has no name, since the message has none, and the dtype of the descriptor or
 * else of the field that has the values. They may be in any field, and are converted to the
 * descriptor's dtype; BentoML reads the field of its dtype only, and drops values in others.
 *
 * @throws ServiceError `invalid_argument` for values in two fields, and for a series that the
 *   descriptor refuses
 */
export function decodeSeries(message: SeriesMessage, { dtype, convert }: SeriesSpec): Series {
  const fields = filledFields(message);
  if (fields.length > 1) {
    const names = fields.map(({ name }) => name).join(" and ");
    throw invalidArgument(`Cannot take a series with values in ${names}: only one may have any`);
  }
  const [field] = fields;
  const data = field === undefined ? [] : decodeCells(message, field);
  const series = convert({ name: undefined, data });
  const known = dtype ?? field?.dtype;
  return known === undefined ? series : { ...series, dtype: known };
}

/**
 * Encodes a handler's series.
 *
 * @throws TypeError for a value that the descriptor cannot encode
 * @throws ServiceError `invalid_argument`, as in BentoML, for cells of several types
 */
export function encodeSeries(value: unknown, { dtype, check }: SeriesSpec): Partial<SeriesMessage> {
  const series = check(value);
  const message = encodeCells(series.data, dtype ?? series.dtype);
  if (message !== undefined) return message;
  throw invalidArgument(
    "Series has mixed dtype: its cells must all be numbers, or missing, or all booleans or all " +
      "strings",
  );
}
