/**
 * Series from and to the field `series`.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import type { SeriesDescriptor } from "../../io/descriptor.ts";
import type { Series } from "../../io/table/series.ts";
import { decodeCells, encodeCells, kindsOf, remember } from "./cells.ts";
import type { SeriesMessage } from "./message.ts";

/**
 * The series a handler is given, which has no name: the message has none. One without values is
 * empty. They may be in any field, and are converted to the descriptor's dtype; BentoML reads the
 * field of its dtype alone, and drops what is in another.
 *
 * @throws ServiceError `invalid_argument` for values in two fields, and for what the descriptor
 *   does not take
 */
export function decodeSeries(message: SeriesMessage, { dtype, accept }: SeriesDescriptor): Series {
  const kinds = kindsOf(message);
  if (kinds.length > 1) {
    const names = kinds.map(({ name }) => name).join(" and ");
    throw invalidArgument(`Cannot take a series with values in ${names}: only one may have any`);
  }
  const [kind] = kinds;
  const series = accept({
    name: undefined,
    data: kind === undefined ? [] : decodeCells(message, kind),
  });
  remember(series.data, dtype, kind);
  return series;
}

/**
 * The message of a handler's series.
 *
 * @throws TypeError for what the descriptor does not carry
 * @throws ServiceError `invalid_argument`, as BentoML does, for cells of several types
 */
export function encodeSeries(
  value: unknown,
  { dtype, check }: SeriesDescriptor,
): Partial<SeriesMessage> {
  const message = encodeCells(check(value).data, dtype);
  if (message !== undefined) return message;
  throw invalidArgument(
    "Series has mixed dtype: its cells must all be numbers, or missing, or all booleans or all " +
      "strings",
  );
}
