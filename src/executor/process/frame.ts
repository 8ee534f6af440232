/**
 * Frames: messages as bytes. The elements of tensors follow the message as they are in memory, so
 * that they are copied once on each side.
 *
 * ```text
 * u32 magic | u32 call | u32 size of the message | u32 number of parts
 * u32 checksum of the message | u32 check of these words
 * u32 size of each part | the message | the parts
 * ```
 *
 * All numbers are in the byte order of the machine, since both processes are on it.
 * @module
 */

import { allocate, type Tensor } from "../../tensor.ts";
import { mapTensors } from "../../worker/payload.ts";
import { checksum, cloneError, serialize } from "./clone.ts";

/** The first word of a frame: "EKB1". */
export const MAGIC = 0x31_42_4b_45;
/** The words before the sizes of the parts. */
export const HEADER_WORDS = 6;
/** The most bytes of a frame. */
export const MAX_FRAME_BYTES: number = 2 ** 31 - 1;
/** The most tensors whose elements follow a message. Those of further ones are inside it. */
export const MAX_PARTS = 4096;
/** Smaller tensors are faster inside the message. */
const MIN_PART_BYTES = 1024;
/** A message up to this size is copied behind the header, which saves a write. */
const MAX_JOINED_BYTES = 65_536;

/** A tensor in a message, without its data until they are put in. */
export type BareTensor = Pick<Tensor, "dtype" | "shape"> & { data: Tensor["data"] | null };

/** The content of a frame: a message without the data of some tensors. */
export interface Content {
  readonly message: unknown;
  /** Those tensors, the same objects as in the message. Their data are the parts, in this order. */
  readonly tensors: readonly BareTensor[];
}

/** Returns the check of the words of a header, which a writer other than this module misses. */
export function checkOf(header: Uint32Array): number {
  return (
    (header.subarray(0, HEADER_WORDS - 1).reduce((sum, word) => sum ^ word) ^ 0x5f_37_59_df) >>> 0
  );
}

/** A message with a payload: the input or the output of a call. */
interface Call {
  readonly id?: number;
  readonly input?: unknown;
  readonly output?: unknown;
}

/**
 * Returns the bytes of a message, to be written one after the other. Data of tensors are not
 * copied: they must not change before they have been written.
 *
 * @param transfer the buffers that belong to the message
 * @throws DataCloneError for a value that cannot be sent, or that is too large
 */
export function toFrame(message: object, transfer: readonly Transferable[]): Uint8Array[] {
  const { id = 0, input, output } = message as Call;
  const taken = new Taken(transfer);
  const content: Content = {
    message: {
      ...message,
      ...(input === undefined ? {} : { input: taken.from(input) }),
      ...(output === undefined ? {} : { output: taken.from(output) }),
    },
    tensors: taken.tensors,
  };
  const body = serialize(content);
  const { parts } = taken;
  const sizes = parts.map(({ byteLength }) => byteLength);
  const total = sizes.reduce((sum, size) => sum + size, body.byteLength);
  if (total > MAX_FRAME_BYTES) {
    throw cloneError(`It has ${total} bytes, more than ${MAX_FRAME_BYTES}, the most for a process`);
  }
  const { byteLength } = body;
  const sum = checksum(body);
  const header = Uint32Array.of(MAGIC, id, byteLength, parts.length, sum, 0, ...sizes);
  header[HEADER_WORDS - 1] = checkOf(header);
  const head = new Uint8Array(header.buffer);
  if (body.byteLength > MAX_JOINED_BYTES) return [head, body, ...parts];
  const joined = new Uint8Array(head.byteLength + body.byteLength);
  joined.set(head);
  joined.set(body, head.byteLength);
  return [joined, ...parts];
}

/** The data of tensors, taken from a message. */
class Taken {
  readonly parts: Uint8Array[] = [];
  readonly tensors: BareTensor[] = [];
  readonly #owned: ReadonlySet<unknown>;

  constructor(transfer: readonly Transferable[]) {
    this.#owned = new Set(transfer);
  }

  /** Returns a value without the data of its tensors. */
  from(value: unknown): unknown {
    return this.#owned.size === 0 ? value : mapTensors(value, (tensor) => this.#bare(tensor));
  }

  #bare(tensor: Tensor): Tensor | BareTensor {
    const { dtype, shape, data } = tensor;
    if (Array.isArray(data) || !this.#owned.has(data.buffer)) return tensor;
    if (data.byteLength < MIN_PART_BYTES || this.parts.length === MAX_PARTS) return tensor;
    this.parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const bare: BareTensor = { dtype, shape, data: null };
    this.tensors.push(bare);
    return bare;
  }
}

/**
 * Allocates the data of a tensor in a message, and puts them in.
 *
 * @returns the memory that the part is to be read into
 * @throws TypeError for anything but a tensor, and for a size that is not one of its elements
 */
export function placePart(bare: BareTensor, bytes: number): Uint8Array {
  const { BYTES_PER_ELEMENT: size } = allocate(bare.dtype, 0) as Uint8Array;
  const data = allocate(bare.dtype, bytes / size) as Uint8Array;
  bare.data = data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
