/**
 * Tensors from and to typed contents: `InferTensorContents`, which has a field for each datatype,
 * and one for several small ones. FP16 and BF16 have none.
 * @module
 */

import { invalidArgument } from "../../error.ts";
import { describe, quote } from "../../io/wording.ts";
import type { CheckedInput } from "../../oip/check-inputs.ts";
import { decodedText } from "../../oip/tensor-bytes.ts";
import { allocate, type DType, formatShape, type Tensor } from "../../tensor.ts";
import type { ContentsMessage, OutputContents } from "./messages.ts";

type Field = keyof ContentsMessage;

/** The field of each dtype. */
const FIELDS: Readonly<Record<DType, Field | undefined>> = {
  bool: "boolContents",
  int8: "intContents",
  int16: "intContents",
  int32: "intContents",
  int64: "int64Contents",
  uint8: "uintContents",
  uint16: "uintContents",
  uint32: "uintContents",
  uint64: "uint64Contents",
  float16: undefined,
  float32: "fp32Contents",
  float64: "fp64Contents",
  string: "bytesContents",
};

const NAMES: Readonly<Record<Field, string>> = {
  boolContents: "bool_contents",
  intContents: "int_contents",
  int64Contents: "int64_contents",
  uintContents: "uint_contents",
  uint64Contents: "uint64_contents",
  fp32Contents: "fp32_contents",
  fp64Contents: "fp64_contents",
  bytesContents: "bytes_contents",
};
const ALL_FIELDS = Object.keys(NAMES) as readonly Field[];

const ENCODER = new TextEncoder();

/** Returns true for contents with elements. */
export function hasElements(contents: ContentsMessage | undefined): contents is ContentsMessage {
  return contents !== undefined && ALL_FIELDS.some((field) => contents[field].length > 0);
}

/** Returns true if tensors of a dtype have typed contents. */
export function hasField(dtype: DType): boolean {
  return FIELDS[dtype] !== undefined;
}

/**
 * Makes the tensor of an input from its contents, whose number is checked first.
 *
 * @throws ServiceError `invalid_argument` for the contents of another datatype, for another number
 *   of elements, and for an element that the datatype does not have
 */
export function tensorOfContents(
  input: CheckedInput,
  contents: ContentsMessage | undefined,
): Tensor {
  const { name, datatype, dtype, shape, size } = input;
  const field = datatype === "BF16" ? undefined : FIELDS[dtype];
  if (field === undefined) {
    throw invalidArgument(`Input ${quote(name)} of datatype ${datatype} must be sent raw`);
  }
  const wrong = ALL_FIELDS.find((each) => each !== field && (contents?.[each].length ?? 0) > 0);
  if (wrong !== undefined) {
    throw invalidArgument(
      `Input ${quote(name)} of datatype ${datatype} must have its elements in ${NAMES[field]}, ` +
        `but has some in ${NAMES[wrong]}`,
    );
  }
  const given = contents?.[field] ?? [];
  if (given.length !== size) {
    throw invalidArgument(
      `Input ${quote(name)} of shape ${formatShape(shape)} needs ${size} elements in ` +
        `${NAMES[field]}, but was given ${given.length}`,
    );
  }
  return { dtype, shape, data: dataOf(input, given) };
}

type Elements = ContentsMessage[Field];

function dataOf(input: CheckedInput, given: Elements): Tensor["data"] {
  const { dtype, size } = input;
  if (dtype === "string") {
    return Array.from(given as ArrayLike<Uint8Array>, (bytes, index) =>
      decodedText(input.name, index, bytes),
    );
  }
  const data = allocate(dtype, size);
  if (given.constructor === data.constructor) return given as typeof data;
  (data as Float64Array).set(given as ArrayLike<number>);
  if (!SMALL.has(dtype)) return data;
  const numbers = given as ArrayLike<number>;
  for (let index = 0; index < size; index++) {
    if (data[index] === numbers[index]) continue;
    throw invalidArgument(
      `Input ${quote(input.name)}: element ${index} must be ${input.datatype}, ` +
        `but was ${describe(numbers[index])}`,
    );
  }
  return data;
}

/** The dtypes that are sent in a wider one. */
const SMALL: ReadonlySet<DType> = new Set(["int8", "int16", "uint8", "uint16"]);

/**
 * Returns the contents of a tensor.
 *
 * @param isWire true to leave elements in typed arrays, for the codec of the short path
 */
export function contentsOfTensor({ dtype, data }: Tensor, isWire: boolean): OutputContents {
  const field = FIELDS[dtype];
  if (field === undefined) throw new TypeError(`${dtype} has no typed contents`);
  if (dtype === "string") {
    return { bytesContents: (data as string[]).map((text) => ENCODER.encode(text)) };
  }
  if (isWire) return { [field]: data };
  if (dtype === "bool") return { boolContents: Array.from(data as Uint8Array, (bit) => bit !== 0) };
  return { [field]: Array.from(data as ArrayLike<number>) };
}
