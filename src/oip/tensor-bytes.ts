/**
 * Tensors as raw bytes: little-endian, row-major, without padding. A BOOL is one byte; an element
 * of BYTES is its length as a `uint32`, and then its bytes.
 * @module
 */

import { invalidArgument } from "../error.ts";
import { ByteWriter } from "../io/byte-writer.ts";
import type { IoHost } from "../io/io.ts";
import { finish, finishInTurns, type Steps } from "../io/steps.ts";
import { bytesOfTensor, elementSize, type SizedDType } from "../io/tensor/bytes.ts";
import { quote } from "../io/wording.ts";
import { allocate, formatShape, type Tensor, type TensorData } from "../tensor.ts";
import type { CheckedInput } from "./check-inputs.ts";

/** The bytes of the length of an element of BYTES. */
const LENGTH_BYTES = 4;

/** The elements of BYTES that are read or written in one step. */
const STEP_ELEMENTS = 4096;

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Makes the tensor of an input from its raw bytes, whose number is checked first. The tensor is a
 * view on the bytes where they are aligned. Otherwise they are moved to an aligned place before
 * them, if that is free, or copied. BF16, which no tensor here holds, is widened to FP32, exactly.
 *
 * @param free the number of bytes before these that may be overwritten. Default 0
 * @returns the tensor; for many elements of BYTES a promise, as they are read in turns with other
 *   work
 * @throws ServiceError `invalid_argument` for another number of bytes, or for an element of BYTES
 *   that is too long or is not UTF-8
 */
export function tensorOfRaw(
  input: CheckedInput,
  bytes: Uint8Array,
  host?: IoHost,
  free = 0,
): Tensor | Promise<Tensor> {
  const { dtype, shape, size } = input;
  requireLength(input, bytes.length);
  if (dtype !== "string") return { dtype, shape, data: numbersOf(input, dtype, bytes, free) };
  const steps = textsOf(input, bytes);
  const made = (data: string[]): Tensor => ({ dtype, shape, data });
  if (size <= STEP_ELEMENTS && bytes.length <= 16 * STEP_ELEMENTS) return made(finish(steps));
  return finishInTurns(steps, host?.signal).then(made);
}

/**
 * Returns the raw bytes of a tensor: a view of its memory, or the elements of BYTES encoded; for
 * many of those a promise, as they are written in turns with other work.
 */
export function rawOfTensor(tensor: Tensor, host?: IoHost): Uint8Array | Promise<Uint8Array> {
  if (tensor.dtype !== "string") return bytesOfTensor(tensor as Tensor<SizedDType>);
  const data = tensor.data as string[];
  const steps = bytesOfTexts(data);
  return data.length <= STEP_ELEMENTS ? finish(steps) : finishInTurns(steps, host?.signal);
}

/** @throws ServiceError for a number of bytes that the shape does not have */
function requireLength({ name, datatype, dtype, shape, size }: CheckedInput, given: number): void {
  const isText = dtype === "string";
  const least = size * (isText ? LENGTH_BYTES : datatype === "BF16" ? 2 : elementSize(dtype));
  if (given === least || (isText && size > 0 && given > least)) return;
  const wanted = isText && size > 0 ? `at least ${least} bytes` : `${least} bytes`;
  throw invalidArgument(
    `Input ${quote(name)} of datatype ${datatype} and shape ${formatShape(shape)} needs ` +
      `${wanted}, but was given ${given}`,
  );
}

function numbersOf(
  { datatype, size }: CheckedInput,
  dtype: SizedDType,
  bytes: Uint8Array,
  free: number,
): TensorData[SizedDType] {
  if (datatype === "BF16") return widened(bytes, size);
  if (dtype === "bool") return bytes.every((byte) => byte < 2) ? bytes : bytes.map(toBool);
  const empty = allocate<SizedDType>(dtype, 0);
  const { buffer, byteOffset } = aligned(bytes, empty.BYTES_PER_ELEMENT, free);
  const View = empty.constructor as new (
    memory: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TensorData[SizedDType];
  return new View(buffer, byteOffset, size);
}

/** Returns the bytes at a multiple of `unit` in their memory. */
function aligned(bytes: Uint8Array, unit: number, free: number): Uint8Array {
  const { buffer, byteOffset, length } = bytes;
  const excess = byteOffset % unit;
  if (excess === 0) return bytes;
  // Not slice(): that of a Node Buffer, as zlib returns, is a view at the same offset.
  if (excess > free) return new Uint8Array(bytes);
  // Memory that is in use is moved in a third of the time that it takes to allocate a copy.
  const moved = new Uint8Array(buffer, byteOffset - excess, length);
  moved.set(bytes);
  return moved;
}

function toBool(byte: number): number {
  return byte === 0 ? 0 : 1;
}

/** BF16 is the upper half of an FP32. */
function widened(bytes: Uint8Array, size: number): Float32Array {
  const halves = new Uint16Array(2 * size);
  for (let at = 0; at < size; at++) {
    halves[2 * at + 1] = (bytes[2 * at] ?? 0) | ((bytes[2 * at + 1] ?? 0) << 8);
  }
  return new Float32Array(halves.buffer);
}

function* textsOf({ name, size }: CheckedInput, bytes: Uint8Array): Steps<string[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let at = 0;
  for (let index = 0; index < size; index++) {
    const begin = at + LENGTH_BYTES;
    const length = begin <= bytes.length ? view.getUint32(at, true) : Number.NaN;
    at = begin + length;
    // Negated, for NaN.
    if (!(at <= bytes.length)) throw cutOff(name, index, size, length);
    texts.push(decodedText(name, index, bytes.subarray(begin, at)));
    if (index % STEP_ELEMENTS === STEP_ELEMENTS - 1) yield;
  }
  if (at === bytes.length) return texts;
  throw invalidArgument(
    `Input ${quote(name)} has ${size} elements in ${at} bytes, but was given ${bytes.length}`,
  );
}

function cutOff(name: string, index: number, size: number, length: number): Error {
  const what = Number.isNaN(length) ? "has no length" : `claims ${length} bytes`;
  return invalidArgument(
    `Input ${quote(name)}: element ${index} of ${size} ${what}, beyond the end of its data`,
  );
}

/**
 * Decodes an element of BYTES.
 *
 * @throws ServiceError `invalid_argument` if it is not UTF-8
 */
export function decodedText(name: string, index: number, bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw invalidArgument(`Input ${quote(name)}: element ${index} is not UTF-8`);
  }
}

function* bytesOfTexts(texts: readonly string[]): Steps<Uint8Array> {
  const target = new ByteWriter();
  for (const [index, text] of texts.entries()) {
    target.sizedText(text);
    if (index % STEP_ELEMENTS === STEP_ELEMENTS - 1) yield;
  }
  return target.finish();
}
