/**
 * Resampling of pixels in two passes, across and down, in Pillow's fixed point.
 *
 * Own code, since no package fits: `@jsquash/resize` would be another file of WASM to load on each
 * runtime, takes RGBA only, and its filters are not Pillow's, with which most models were trained.
 * @module
 */

import type { Picture } from "./picture.ts";

/** The name of a filter. */
export type ResizeFilter = "bilinear" | "bicubic" | "lanczos";

/** The names of the filters, for messages and checks. */
export const RESIZE_FILTERS: readonly ResizeFilter[] = ["bilinear", "bicubic", "lanczos"];

/** A part of a picture, in pixels from its upper left corner, which may be fractions. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Filter {
  /** The distance from the centre at which the weight has become 0, in pixels of the result. */
  readonly support: number;
  weight(distance: number): number;
}

const FILTERS: Readonly<Record<ResizeFilter, Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: (x) => cubic(Math.abs(x)) },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Returns the weight of Keys' cubic convolution with a = -0.5 at a distance from 0 to 2. */
export function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** The fraction bits of a weight: a sum of weighted levels stays below 2^31. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** The most pixels of a picture between two passes that could be smaller. */
const MAX_BETWEEN = 2 ** 22;

/** The most weights in memory at once. A side of millions of pixels has a few times as many. */
const MAX_WEIGHTS = 2 ** 20;

/** The pixels of a picture in one direction, and what becomes of them. */
interface Axis {
  /** The pixels of the source. */
  readonly length: number;
  /** The beginning and the end of the part of the source that is shown. */
  readonly start: number;
  readonly end: number;
  /** The pixels of the result. */
  readonly size: number;
  readonly filter: Filter;
}

/** The weights by which some consecutive pixels of an axis are computed. */
interface Weights {
  /** The first of those pixels. */
  readonly from: number;
  /** The most source pixels of one pixel. */
  readonly taps: number;
  /** The first source pixel of each pixel. */
  readonly first: Int32Array;
  /** The number of source pixels of each pixel, at least 1. */
  readonly count: Int32Array;
  /** `taps` weights for each pixel, of which the first `count` are used. */
  readonly weight: Int32Array;
}

/** The options of `resample()`. */
export interface ResampleOptions {
  readonly width: number;
  readonly height: number;
  readonly box: Box;
  readonly filter: ResizeFilter;
}

/** Returns a part of a picture in another size, or the picture itself if nothing changes. */
export function resample(picture: Picture, options: ResampleOptions): Picture {
  const { width, height, box } = options;
  const filter = FILTERS[options.filter];
  const across = { length: picture.width, start: box.left, end: box.right, size: width, filter };
  const down = { length: picture.height, start: box.top, end: box.bottom, size: height, filter };
  if (isWhole(across) && isWhole(down)) return picture;
  const [top] = sourceOf(down, 0);
  const [, bottom] = sourceOf(down, height - 1);
  const used = rowsOf(picture, top, bottom);
  const hasAlpha = picture.channels === 4;
  const passes = [
    (from: Picture) => (isWhole(across) ? from : resampleRows(from, across)),
    (from: Picture) => (isWhole(down) ? from : resampleColumns(from, down, top)),
  ];
  if (isDownFirst(picture, options, used.height)) passes.reverse();
  const result = passes.reduce(
    (source, pass) => pass(source),
    hasAlpha ? premultiplied(used) : used,
  );
  return hasAlpha ? unmultiplied(result) : result;
}

/**
 * Returns true if Pillow would resize down before it does across, since it rounds in between; or if
 * the picture in between would else be large: one of few columns may have millions of rows.
 */
function isDownFirst(source: Picture, { width, height }: ResampleOptions, rows: number): boolean {
  if (width * rows > Math.max(source.width * height, MAX_BETWEEN)) return true;
  return height < source.height && source.height - height > 2 * (source.width - width);
}

/** Returns true if the pixels of an axis stay as they are. */
function isWhole({ length, start, end, size }: Axis): boolean {
  return size === length && start === 0 && end === length;
}

/** Returns some rows of a picture, without copying them. */
function rowsOf({ width, channels, data }: Picture, top: number, bottom: number): Picture {
  const stride = width * channels;
  const rows = data.subarray(top * stride, bottom * stride);
  return { width, height: bottom - top, channels, data: rows };
}

/** The source pixels of one of the result; the filter is as wide as that, if it is wider. */
function scaleOf({ start, end, size, filter }: Axis): {
  readonly scale: number;
  readonly stretch: number;
  readonly support: number;
} {
  const scale = Math.fround(end - start) / size;
  const stretch = Math.max(1, scale);
  return { scale, stretch, support: filter.support * stretch };
}

/** Returns the first source pixel of a pixel of the result, and that behind the last. */
function sourceOf(axis: Axis, at: number): readonly [number, number] {
  const { scale, support } = scaleOf(axis);
  const centre = axis.start + (at + 0.5) * scale;
  return [
    Math.max(0, Math.trunc(centre - support + 0.5)),
    Math.min(axis.length, Math.trunc(centre + support + 0.5)),
  ];
}

/** Yields the weights of all pixels of the result, for as many pixels at a time as fit. */
function* weightsOf(axis: Axis): Generator<Weights, void, undefined> {
  const { size } = axis;
  const { support } = scaleOf(axis);
  const taps = Math.ceil(support) * 2 + 1;
  const many = Math.max(1, Math.floor(MAX_WEIGHTS / taps));
  for (let from = 0; from < size; from += many) {
    yield someWeights(axis, from, Math.min(size, from + many), taps);
  }
}

function someWeights(axis: Axis, from: number, to: number, taps: number): Weights {
  const { scale, stretch } = scaleOf(axis);
  const first = new Int32Array(to - from);
  const count = new Int32Array(to - from);
  const weight = new Int32Array((to - from) * taps);
  const values = new Float64Array(taps);
  for (let at = from; at < to; at += 1) {
    const centre = axis.start + (at + 0.5) * scale;
    const [begin, end] = sourceOf(axis, at);
    let sum = 0;
    for (let tap = 0; tap < end - begin; tap += 1) {
      const value = axis.filter.weight((tap + begin - centre + 0.5) * (1 / stretch));
      values[tap] = value;
      sum += value;
    }
    first[at - from] = begin;
    count[at - from] = end - begin;
    for (let tap = 0; tap < end - begin; tap += 1) {
      const value = values[tap] as number;
      const share = (sum === 0 ? value : value / sum) * (1 << PRECISION);
      weight[(at - from) * taps + tap] = Math.trunc(share + (share < 0 ? -0.5 : 0.5));
    }
  }
  return { from, taps, first, count, weight };
}

// The indices below are within the arrays of the weights and of the pictures.

/** Resizes the rows. */
function resampleRows({ height, width, channels, data: source }: Picture, axis: Axis): Picture {
  const wide = axis.size;
  const target = new Uint8ClampedArray(wide * height * channels);
  for (const { from, taps, first, count, weight } of weightsOf(axis)) {
    for (let y = 0; y < height; y += 1) {
      const row = y * width * channels;
      let pixel = (y * wide + from) * channels;
      for (let x = 0; x < first.length; x += 1, pixel += channels) {
        const left = row + (first[x] as number) * channels;
        const start = x * taps;
        const end = start + (count[x] as number);
        if (channels === 3) {
          // The common case, three times as fast in one loop.
          let red = HALF;
          let green = HALF;
          let blue = HALF;
          for (let tap = start, at = left; tap < end; tap += 1, at += 3) {
            const share = weight[tap] as number;
            red += Math.imul(source[at] as number, share);
            green += Math.imul(source[at + 1] as number, share);
            blue += Math.imul(source[at + 2] as number, share);
          }
          target[pixel] = red >> PRECISION;
          target[pixel + 1] = green >> PRECISION;
          target[pixel + 2] = blue >> PRECISION;
          continue;
        }
        for (let channel = 0; channel < channels; channel += 1) {
          let sum = HALF;
          for (let tap = start, at = left + channel; tap < end; tap += 1, at += channels) {
            sum += Math.imul(source[at] as number, weight[tap] as number);
          }
          target[pixel + channel] = sum >> PRECISION;
        }
      }
    }
  }
  return { width: wide, height, channels, data: new Uint8Array(target.buffer) };
}

/** Resizes the columns. @param top the row of the axis with which the picture begins */
function resampleColumns(picture: Picture, axis: Axis, top: number): Picture {
  const { width, channels, data: source } = picture;
  const stride = width * channels;
  const target = new Uint8ClampedArray(stride * axis.size);
  // Row by row, in the order of memory.
  const sums = new Int32Array(stride);
  for (const { from, taps, first, count, weight } of weightsOf(axis)) {
    for (let y = 0; y < first.length; y += 1) {
      sums.fill(HALF);
      for (let tap = 0; tap < (count[y] as number); tap += 1) {
        const share = weight[y * taps + tap] as number;
        let at = ((first[y] as number) - top + tap) * stride;
        for (let x = 0; x < stride; x += 1, at += 1) {
          sums[x] = (sums[x] as number) + Math.imul(source[at] as number, share);
        }
      }
      const row = (from + y) * stride;
      for (let x = 0; x < stride; x += 1) target[row + x] = (sums[x] as number) >> PRECISION;
    }
  }
  return { width, height: axis.size, channels, data: new Uint8Array(target.buffer) };
}

/** Multiplies colours by alpha, so that transparent pixels do not colour their neighbours. */
function premultiplied({ data, ...picture }: Picture): Picture {
  const result = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] as number;
    for (let channel = at; channel < at + 3; channel += 1) {
      // colour * alpha / 255, rounded.
      const product = (data[channel] as number) * alpha + 128;
      result[channel] = ((product >> 8) + product) >> 8;
    }
    result[at + 3] = alpha;
  }
  return { ...picture, data: result };
}

function unmultiplied({ data, ...picture }: Picture): Picture {
  const result = new Uint8ClampedArray(data);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] as number;
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = at; channel < at + 3; channel += 1) {
      result[channel] = Math.trunc((255 * (data[channel] as number)) / alpha);
    }
  }
  return { ...picture, data: new Uint8Array(result.buffer) };
}
