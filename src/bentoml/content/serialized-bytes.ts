/**
 * Values from the field `serialized_bytes`.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import type { Io, IoHost } from "../../io/io.ts";
import type { NdarraySpec } from "../../io/spec.ts";
import { isParquet } from "../../io/table/parquet/media-type.ts";
import { tensorOfBytes } from "../../io/tensor/bytes.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * Decodes bytes. Those of text, JSON, files, pictures, series and descriptors of the user's own are
 * a body as over HTTP (BentoML answers INTERNAL to a series); those of an array are the memory of
 * its elements.
 *
 * @throws ServiceError `invalid_argument` for a form, for a data frame that is not a Parquet file
 *   (INTERNAL for any in BentoML), and for an array without a dtype; the errors of the descriptor
 */
export function decodeBytes(
  io: Io<unknown, never>,
  bytes: Uint8Array,
  host: IoHost,
): unknown | Promise<unknown> {
  const { spec, mediaType } = io;
  switch (spec?.kind) {
    case "ndarray":
      return decodeElements(bytes, spec);
    case "dataframe":
      if (isParquet(bytes)) return io.decode({ bytes, type: undefined }, host);
      throw invalidArgument(
        "cannot use 'serialized_bytes' with PandasDataFrame, but for a Parquet file: " +
          "use 'dataframe'",
      );
    case "multipart":
      throw invalidArgument("cannot use 'serialized_bytes' with Multipart: use 'multipart'");
    case "file":
      return io.decode({ bytes, type: spec.mimeType });
    case "image":
      return io.decode({ bytes, type: undefined }, host);
    default:
      return io.decode({ bytes, type: mediaType }, host);
  }
}

/** Reads little-endian elements, like NumPy's `frombuffer`, as one row that is then reshaped. */
function decodeElements(bytes: Uint8Array, spec: NdarraySpec): Tensor {
  const { dtype } = spec;
  if (dtype === undefined || dtype === "string") {
    throw invalidArgument("'serialized_bytes' requires specifying 'dtype', of a fixed size.");
  }
  return spec.convert(tensorOfBytes(bytes, dtype, [-1]));
}
