/**
 * Values from the field `serialized_bytes`: what descriptor and caller have agreed on.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import type { NdarrayDescriptor } from "../../io/descriptor.ts";
import type { Io, IoHost } from "../../io/io.ts";
import { allocate, type DType, type Tensor } from "../../tensor.ts";

/**
 * The value a handler is given. Text, JSON, files and pictures are the bytes of a body over HTTP,
 * as is all that BentoML has no descriptor for, and a series, which BentoML answers with INTERNAL;
 * an array is its elements' memory.
 *
 * @throws ServiceError `invalid_argument` for a form; for a data frame, which BentoML answers
 *   with INTERNAL; for an array without a dtype to read it by; and what the descriptor throws
 */
export function decodeBytes(
  io: Io<unknown, never>,
  bytes: Uint8Array,
  host: IoHost,
): unknown | Promise<unknown> {
  const { descriptor, mediaType } = io;
  switch (descriptor?.id) {
    case "bentoml.io.NumpyNdarray":
      return decodeElements(bytes, descriptor);
    case "bentoml.io.PandasDataFrame":
      throw invalidArgument("cannot use 'serialized_bytes' with PandasDataFrame: use 'dataframe'");
    case "bentoml.io.Multipart":
      throw invalidArgument("cannot use 'serialized_bytes' with Multipart: use 'multipart'");
    case "bentoml.io.File":
      return io.decode({ bytes, type: descriptor.args.mime_type ?? undefined });
    case "bentoml.io.Image":
      return io.decode({ bytes, type: undefined }, host);
    default:
      return io.decode({ bytes, type: mediaType }, host);
  }
}

/** Little-endian, as NumPy's `frombuffer` on the machines there are: a row, then reshaped. */
function decodeElements(bytes: Uint8Array, descriptor: NdarrayDescriptor): Tensor {
  const { dtype } = descriptor.args;
  if (dtype === null || dtype === "str") {
    throw invalidArgument("'serialized_bytes' requires specifying 'dtype', of a fixed size.");
  }
  const { BYTES_PER_ELEMENT: size } = allocate<Exclude<DType, "string">>(dtype, 0);
  if (bytes.length % size !== 0) {
    throw invalidArgument(
      `Cannot read an array of dtype ${dtype} from ${bytes.length} bytes: each element has ${size}`,
    );
  }
  const data = allocate<Exclude<DType, "string">>(dtype, bytes.length / size);
  // A boolean is a byte, of which each but 0 is true.
  const memory = dtype === "bool" ? bytes.map((byte) => (byte === 0 ? 0 : 1)) : bytes;
  new Uint8Array(data.buffer).set(memory);
  return descriptor.accept({ dtype, shape: [data.length], data });
}
