/**
 * Values from the field `serialized_bytes`: what descriptor and caller have agreed on.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import type { Io, IoHost } from "../../io/io.ts";
import type { NdarraySpec } from "../../io/spec.ts";
import { isParquet } from "../../io/table/parquet/metadata.ts";
import { tensorOfBytes } from "../../io/tensor/bytes.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * The value a handler is given. Text, JSON, files and pictures are the bytes of a body over HTTP,
 * as is all that BentoML has no descriptor for, and a series, which BentoML answers with INTERNAL;
 * an array is its elements' memory.
 *
 * @throws ServiceError `invalid_argument` for a form; for a data frame that is not a Parquet file,
 *   where BentoML answers any with INTERNAL; for an array without a dtype to read it by; and what
 *   the descriptor throws
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

/** Little-endian, as NumPy's `frombuffer` on the machines there are: a row, then reshaped. */
function decodeElements(bytes: Uint8Array, spec: NdarraySpec): Tensor {
  const { dtype } = spec;
  if (dtype === undefined || dtype === "string") {
    throw invalidArgument("'serialized_bytes' requires specifying 'dtype', of a fixed size.");
  }
  return spec.convert(tensorOfBytes(bytes, dtype, [-1]));
}
