/**
 * Pictures as the input of a model: a table of 256 values for each channel, so that a level becomes
 * its value by one look-up, and the layouts of their axes.
 * @module
 */

import { allocate, type Tensor, type TensorData } from "../../tensor.ts";
import type { Picture } from "./picture.ts";

/**
 * The axes of a tensor of one picture: `NCHW` is [1, channels, height, width], one plane after the
 * other, as models from PyTorch take it; `NHWC` is [1, height, width, channels], as models from
 * TensorFlow do.
 */
export type PictureLayout = "NCHW" | "NHWC";

/** The element type of a picture's tensor. */
export type PictureDType = "float32" | "float16" | "uint8";

/** The names of the layouts, for messages and checks. */
export const PICTURE_LAYOUTS: readonly PictureLayout[] = ["NCHW", "NHWC"];

/** The names of the element types, for messages and checks. */
export const PICTURE_DTYPES: readonly PictureDType[] = ["float32", "float16", "uint8"];

/** The statistics by which values from 0 to 1 are normalized: `(value - mean) / std`. */
export interface Normalization {
  /** One number for each channel, or one for all of them. */
  readonly mean: number | readonly number[];
  /** The standard deviation: one number for each channel, or one for all of them; not 0. */
  readonly std: number | readonly number[];
}

type Elements = Float32Array | Uint16Array | Uint8Array;

/** The values of a tensor's elements, and their order: plain data, to be sent to a thread. */
export interface PictureValues<D extends PictureDType = PictureDType> {
  readonly layout: PictureLayout;
  readonly dtype: D;
  /** The values of the 256 levels, for each channel; the bits of float16. */
  readonly levels: readonly Elements[];
}

/**
 * Returns the values of the levels 0 to 255 of each channel: the level itself with `false`; or else
 * `level / 255`, normalized. They are computed in single precision, step by step, as torchvision's
 * `ToTensor` and `Normalize` do, so that they are equal to the last bit.
 */
export function pictureValues<D extends PictureDType>(
  channels: Picture["channels"],
  layout: PictureLayout,
  dtype: D,
  normalize: Normalization | boolean,
): PictureValues<D> {
  const levels = Array.from({ length: channels }, (_, channel) => {
    const table = allocate<PictureDType>(dtype, 256);
    for (let level = 0; level < 256; level += 1)
      table[level] = levelValue(level, channel, normalize);
    return bits(table);
  });
  return { layout, dtype, levels };
}

function levelValue(level: number, channel: number, normalize: Normalization | boolean): number {
  if (normalize === false) return level;
  const value = Math.fround(level / 255);
  if (normalize === true) return value;
  const centred = Math.fround(value - Math.fround(ofChannel(normalize.mean, channel)));
  return Math.fround(centred / Math.fround(ofChannel(normalize.std, channel)));
}

function ofChannel(numbers: number | readonly number[], channel: number): number {
  // Each has a number for every channel, which is checked before.
  return typeof numbers === "number" ? numbers : (numbers[channel] as number);
}

/**
 * Returns a picture as a tensor with a batch axis of 1.
 *
 * @param values of as many channels as the picture has
 */
export function tensorOfPicture<D extends PictureDType>(
  { width, height, channels, data }: Picture,
  { layout, dtype, levels }: PictureValues<D>,
): Tensor<D> {
  const elements = allocate<PictureDType>(dtype, data.length);
  if (layout === "NCHW") writePlanes(data, levels, bits(elements));
  else writePixels(data, levels, bits(elements));
  const shape = layout === "NCHW" ? [1, channels, height, width] : [1, height, width, channels];
  return { dtype, shape, data: elements as TensorData[D] };
}

/** Returns the bits of float16 as they are, since they are copied faster than the numbers. */
function bits(data: TensorData[PictureDType]): Elements {
  if (!(data instanceof Float16Array)) return data;
  return new Uint16Array(data.buffer, data.byteOffset, data.length);
}

// The indices below are within arrays of as many elements as the picture has bytes, and within
// tables of 256, so each `as number` holds.

function writePlanes(source: Uint8Array, tables: readonly Elements[], target: Elements): void {
  let to = 0;
  for (const [channel, table] of tables.entries()) {
    for (let from = channel; from < source.length; from += tables.length, to += 1) {
      target[to] = table[source[from] as number] as number;
    }
  }
}

function writePixels(source: Uint8Array, tables: readonly Elements[], target: Elements): void {
  for (const [channel, table] of tables.entries()) {
    for (let at = channel; at < source.length; at += tables.length) {
      target[at] = table[source[at] as number] as number;
    }
  }
}
