/**
 * Tensors as the memory of their elements: row-major, little-endian, one byte for each boolean.
 * @module
 */
import { invalidArgument } from "../../error.ts";
import {
  allocate,
  type DType,
  formatShape,
  sizeOf,
  type Tensor,
  type TensorData,
} from "../../tensor.ts";

/** The dtypes whose elements have a fixed size: all but strings. */
export type SizedDType = Exclude<DType, "string">;

/** Returns the size of one element in bytes. */
export function elementSize(dtype: SizedDType): number {
  return allocate<SizedDType>(dtype, 0).BYTES_PER_ELEMENT;
}

/**
 * Makes a tensor from the bytes of its elements.
 *
 * @param shape the length of each axis; -1 for at most one that follows from the number of bytes
 * @throws ServiceError `invalid_argument` for another number of bytes, with both numbers
 */
export function tensorOfBytes<D extends SizedDType>(
  bytes: Uint8Array,
  dtype: D,
  shape: readonly number[],
): Tensor<D> {
  const size = elementSize(dtype);
  const known = sizeOf(shape.filter((length) => length !== -1)) * size;
  const open = shape.indexOf(-1);
  const length = open === -1 ? -1 : known === 0 ? 0 : bytes.length / known;
  const full = open === -1 ? shape : shape.with(open, length);
  if (!Number.isInteger(length) || sizeOf(full) * size !== bytes.length) {
    const wanted = open === -1 ? `${known} bytes` : `a multiple of ${known} bytes`;
    throw invalidArgument(
      `Cannot read an array of dtype ${dtype} and shape ${formatShape(shape)}: it must have ` +
        `${wanted}, but was given ${bytes.length}`,
    );
  }
  // A copy: the bytes may have an offset in their buffer at which no such array can begin.
  const data = allocate<SizedDType>(dtype, bytes.length / size);
  const memory = new Uint8Array(data.buffer);
  memory.set(bytes);
  if (dtype === "bool") normalize(memory);
  return { dtype, shape: [...full], data: data as TensorData[D] };
}

/** Returns the elements of a tensor as bytes: a view of its memory. */
export function bytesOfTensor({ data }: Tensor<SizedDType>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Changes each byte that is not 0 to 1. */
function normalize(memory: Uint8Array): void {
  for (let at = 0; at < memory.length; at++) if (memory[at] !== 0) memory[at] = 1;
}
