/**
 * pictureTensor(): the pixels of a picture as the elements of a tensor.
 * @module
 */

import type { PictureShape } from "./shape.ts";

/** How pixels become elements. */
export interface PixelOptions {
  /** The range of the elements. */
  readonly range: "0..1" | "0..255" | "-1..1" | "ImageNet";
  /** True if dark pixels are high, such as ink on paper for a model of light ink. */
  readonly isInverted: boolean;
}

/** The mean and the deviation of ImageNet's channels. */
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/**
 * Returns the elements, row-major.
 *
 * @param rgba the pixels, of the size of the shape
 */
export function pictureTensor(
  rgba: ArrayLike<number>,
  { layout, channels, height, width }: PictureShape,
  options: PixelOptions,
): Float32Array {
  const size = height * width;
  const elements = new Float32Array(size * channels);
  for (let pixel = 0; pixel < size; pixel += 1) {
    const at = pixel * 4;
    const [red = 0, green = 0, blue = 0] = [rgba[at], rgba[at + 1], rgba[at + 2]];
    // ITU-R BT.601, as Pillow's mode L.
    const values =
      channels === 3 ? [red, green, blue] : [red * 0.299 + green * 0.587 + blue * 0.114];
    for (const [channel, value] of values.entries()) {
      const to = layout === "channels first" ? channel * size + pixel : pixel * channels + channel;
      elements[to] = elementOf(options.isInverted ? 255 - value : value, channel, options.range);
    }
  }
  return elements;
}

function elementOf(value: number, channel: number, range: PixelOptions["range"]): number {
  switch (range) {
    case "0..255":
      return Math.round(value);
    case "-1..1":
      return value / 127.5 - 1;
    case "ImageNet":
      return (value / 255 - (MEAN[channel] ?? 0.45)) / (DEVIATION[channel] ?? 0.226);
    default:
      return value / 255;
  }
}

/** Returns the text of an element: four digits behind the point are enough for a pixel. */
export function roundElement(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
