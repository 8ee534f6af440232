/**
 * Resizing of pictures: how a picture fits a size, and which part of it is shown.
 * @module
 */

import type { Picture } from "./picture.ts";
import { type Box, type ResizeFilter, resample } from "./resample.ts";

export { RESIZE_FILTERS, type ResizeFilter } from "./resample.ts";

/**
 * How a picture fits a size of another shape: `fill` stretches it, `cover` crops it around its
 * centre, and `contain` shows all of it between bars. `inside` keeps its shape, without bars: it
 * makes it no larger than the size, and leaves a smaller one as it is.
 */
export type ResizeFit = "fill" | "cover" | "contain" | "inside";

/** The names of the fits, for messages and checks. */
export const RESIZE_FITS: readonly ResizeFit[] = ["fill", "cover", "contain", "inside"];

/** The size of a picture, and how to reach it. Plain data, so that it can be sent to a thread. */
export interface ResizeOptions {
  /** In pixels, at least 1. */
  readonly width: number;
  /** In pixels, at least 1. */
  readonly height: number;
  /** Default `"fill"`. */
  readonly fit?: ResizeFit;
  /** Default `"bicubic"`, as Pillow's `resize()`. */
  readonly filter?: ResizeFilter;
  /**
   * The levels of the channels in the bars of `contain`, or one for all of them, from 0 to 255.
   * Default 0: black, which is transparent where there is alpha.
   */
  readonly background?: number | readonly number[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A size, and the place of a picture that has it or is put into it, in whole pixels. */
interface Area extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * Returns the picture in exactly the given size, or within it (`inside`); itself if that is its
 * size. It has the pixels of Pillow's `resize()` (`fill`), `ImageOps.fit()` (`cover`),
 * `ImageOps.pad()` (`contain`) and `ImageOps.contain()` (`inside`, of one that is larger), whose
 * filters widen when they shrink a picture (antialiasing).
 */
export function resizePicture(picture: Picture, options: ResizeOptions): Picture {
  const { fit, filter = "bicubic", background = 0 } = options;
  const { width, height, left, top } = shownArea(picture, options);
  const resized = resample(picture, { width, height, box: shownBox(picture, options), filter });
  const isAll = fit !== "contain" || (width === options.width && height === options.height);
  if (isAll) return resized;
  return padded(resized, { width: options.width, height: options.height, left, top }, background);
}

/**
 * Returns the size that all of a picture would have if it were resized, of which `cover` shows a
 * part. A format that decodes at a smaller scale loses nothing down to this size.
 */
export function neededSize(source: Size, options: ResizeOptions): Size {
  const box = shownBox(source, options);
  const { width, height } = shownSize(source, options);
  return {
    width: (width * source.width) / (box.right - box.left),
    height: (height * source.height) / (box.bottom - box.top),
  };
}

/** Returns the part of the result that shows the picture: all of it, but between the bars. */
export function shownArea(source: Size, options: ResizeOptions): Area {
  const { width, height } = shownSize(source, options);
  if (options.fit !== "contain") return { width, height, left: 0, top: 0 };
  const left = roundHalfEven((options.width - width) / 2);
  const top = roundHalfEven((options.height - height) / 2);
  return { width, height, left, top };
}

function shownSize(source: Size, { width, height, fit = "fill" }: ResizeOptions): Size {
  if (fit === "fill" || fit === "cover") return { width, height };
  if (fit === "inside" && source.width <= width && source.height <= height) {
    return { width: source.width, height: source.height };
  }
  const ratio = source.width / source.height;
  const wanted = width / height;
  if (ratio > wanted) {
    return { width, height: Math.max(1, roundHalfEven((source.height / source.width) * width)) };
  }
  if (ratio === wanted) return { width, height };
  return { width: Math.max(1, roundHalfEven(ratio * height)), height };
}

/** Returns the part of the picture that is shown, in pixels of the source. */
function shownBox(source: Size, { width, height, fit = "fill" }: ResizeOptions): Box {
  let across = source.width;
  let down = source.height;
  if (fit === "cover") {
    const ratio = source.width / source.height;
    const wanted = width / height;
    if (ratio > wanted) across = wanted * source.height;
    else if (ratio < wanted) down = source.width / wanted;
  }
  const left = (source.width - across) / 2;
  const top = (source.height - down) / 2;
  // In single precision, as Pillow's boxes are.
  return {
    left: Math.fround(left),
    top: Math.fround(top),
    right: Math.fround(left + across),
    bottom: Math.fround(top + down),
  };
}

function padded(
  picture: Picture,
  { width, height, left, top }: Area,
  background: number | readonly number[],
): Picture {
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels);
  if (typeof background === "number") data.fill(background);
  else for (let at = 0; at < data.length; at += 1) data[at] = background[at % channels] ?? 255;
  const stride = picture.width * channels;
  for (let y = 0; y < picture.height; y += 1) {
    const row = picture.data.subarray(y * stride, (y + 1) * stride);
    data.set(row, ((top + y) * width + left) * channels);
  }
  return { width, height, channels, data };
}

/** Rounds as Python does, so that the bars are Pillow's. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
