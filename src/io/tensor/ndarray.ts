/**
 * ndarray(): a body that is a JSON array of numbers.
 * @module
 */
import { invalidArgument } from "../../error.ts";
import { type DType, formatShape, isTensor, sizeOf, type Tensor } from "../../tensor.ts";
import type { Io, IoHost, Payload } from "../io.ts";
import type { NdarraySpec } from "../spec.ts";
import { describe } from "../wording.ts";
import { type ArrayOptions, fits, misshapen, requireArrayOptions } from "./array-options.ts";
import { bodyOfTensor, tensorOfBody } from "./body.ts";
import { castTensor } from "./cast.ts";
import { readTensor } from "./json.ts";
import { defaultNonFinite, type NonFinite, requireNonFinite, writeTensor } from "./writer.ts";

/** The options of `ndarray()`. */
export interface NdarrayOptions<D extends DType = DType> extends ArrayOptions<D> {
  /** The element type. Default: that of the JSON values (see `fromNested`). */
  readonly dtype?: D | undefined;
  /** Refuse another shape, instead of reshaping if the number of elements allows it. */
  readonly enforceShape?: boolean | undefined;
  /**
   * The form of NaN and Infinity, which JSON cannot express: `"null"`, `"string"` or
   * `"literal"`; see `NonFinite`. Default `"null"`, or `"literal"` on a server that answers as
   * BentoML does.
   */
  readonly nonFinite?: NonFinite | undefined;
}

/** The descriptor that `ndarray()` makes. */
export interface NdarrayIo<D extends DType = DType> extends Io<Tensor<D>> {
  readonly kind: "ndarray";
}

/**
 * Describes a tensor as nested JSON arrays, like BentoML's `NumpyNdarray`. `NaN`, `Infinity` and
 * 64-bit integers may be bare, as Python writes them; answers have all digits of integers.
 *
 * A body may also be a .npy file (`application/x-npy`), or only the elements, row-major and
 * little-endian (`application/octet-stream`), with the `dtype` and `shape` of the options or of the
 * headers `Ekiben-Dtype` and `Ekiben-Shape`. The answer has either form if the caller's `Accept`
 * asks for it. Any other content type is read as JSON, because `curl -d` sends another one.
 *
 * Without `dtype`, it is inferred from the elements of a JSON body: `float64`, `bool` or `string`;
 * whole numbers are `int64` if one of them is beyond ±(2^53-1), or `uint64` if only that holds
 * them.
 *
 * With `dtype`, elements are always converted, while BentoML leaves some as they are: fractions and
 * booleans as NumPy's `astype` does, or not at all with `enforceDtype`. Another shape than `shape`
 * is `invalid_argument` (400) with `enforceShape`; otherwise the tensor is reshaped if the number
 * of elements allows it, or else unchanged, as in BentoML.
 *
 * @throws TypeError or RangeError at definition for invalid options
 *
 * @example
 * ndarray({ dtype: "float32", shape: [-1, 4], enforceShape: true });
 */
export function ndarray<const D extends DType = DType>(
  options: NdarrayOptions<D> = {},
): NdarrayIo<D> {
  requireArrayOptions(options);
  requireNonFinite(options.nonFinite);
  const { dtype, enforceDtype, nonFinite } = options;
  const spec = specOf(options);
  return {
    kind: "ndarray",
    mediaType: "application/json",
    spec,
    decode(payload: Payload, host?: IoHost): Tensor<D> | Promise<Tensor<D>> {
      const tensor = tensorOfBody(payload, options);
      if (tensor !== undefined) return spec.convert(tensor) as Tensor<D>;
      const read = readTensor(payload.bytes, dtype, { enforceDtype }, host);
      if (!(read instanceof Promise)) return shaped(read, options);
      return read.then((found) => shaped(found, options));
    },
    encode(value: Tensor<D>, host?: IoHost, accept?: string): Payload | Promise<Payload> {
      requireTensor(value, options);
      const binary = bodyOfTensor(value, accept);
      if (binary !== undefined) return binary;
      const type = "application/json";
      const written = writeTensor(value, nonFinite ?? defaultNonFinite(host), host);
      if (!(written instanceof Promise)) return { bytes: written, type };
      return written.then((bytes) => ({ bytes, type }));
    },
  };
}

function specOf(options: NdarrayOptions): NdarraySpec {
  const { dtype, shape, enforceDtype = false, enforceShape = false, nonFinite } = options;
  return {
    kind: "ndarray",
    nonFinite,
    dtype,
    shape,
    enforceDtype,
    enforceShape,
    convert(tensor) {
      const cast = dtype === undefined ? tensor : castTensor(tensor, dtype, enforceDtype);
      return shaped(cast, options);
    },
    check(value) {
      requireTensor(value, options);
      return value;
    },
  };
}

function shaped<D extends DType>(tensor: Tensor<D>, options: NdarrayOptions): Tensor<D> {
  const { shape, enforceShape } = options;
  if (shape === undefined || fits(tensor.shape, shape)) return tensor;
  if (enforceShape !== true) return reshaped(tensor, shape);
  throw invalidArgument(`Cannot take an array ${misshapen(tensor.shape, shape)}`);
}

function reshaped<D extends DType>(tensor: Tensor<D>, wanted: readonly number[]): Tensor<D> {
  const size = sizeOf(tensor.shape);
  const known = sizeOf(wanted.filter((length) => length !== -1));
  const wildcard = wanted.indexOf(-1);
  // As in NumPy, only one length can be inferred.
  if (wildcard !== wanted.lastIndexOf(-1)) return tensor;
  const shape = wildcard === -1 ? [...wanted] : wanted.with(wildcard, size / known);
  // A length that cannot be inferred is NaN, Infinity or a fraction.
  return shape.every(Number.isSafeInteger) && sizeOf(shape) === size
    ? { ...tensor, shape }
    : tensor;
}

function requireTensor(
  value: unknown,
  { dtype, shape, enforceShape }: NdarrayOptions,
): asserts value is Tensor {
  if (!isTensor(value)) {
    throw new TypeError(
      `Cannot encode an array: it must be a tensor of { dtype, shape, data }, ` +
        `but was ${describe(value)}`,
    );
  }
  if (value.data.length !== sizeOf(value.shape)) {
    throw new TypeError(
      `Cannot encode a tensor of shape ${formatShape(value.shape)}: it needs ` +
        `${sizeOf(value.shape)} elements, but has ${value.data.length}`,
    );
  }
  if (dtype !== undefined && value.dtype !== dtype) {
    throw new TypeError(`Cannot encode a ${value.dtype} tensor: its dtype must be ${dtype}`);
  }
  if (enforceShape === true && shape !== undefined && !fits(value.shape, shape)) {
    throw new TypeError(`Cannot encode a tensor ${misshapen(value.shape, shape)}`);
  }
}
