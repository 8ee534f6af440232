/**
 * The colours between the pixels of a picture.
 * @module
 */

import type { Picture } from "./picture.ts";
import { cubic } from "./resample.ts";

/** Samples a picture at any point. */
export interface Sampler {
  readonly channels: Picture["channels"];
  /**
   * Writes the levels at a point. A picture goes on outside with the colours of its nearest edge.
   *
   * @param x in pixels from the left edge, so that 0.5 is the centre of the first
   * @param y in pixels from the top edge
   * @param to the index of the first channel in `target`
   */
  write(this: void, x: number, y: number, target: Uint8ClampedArray, to: number): void;
}

/** Returns the sampler of a picture. Colours are not weighted by their alpha. */
export function samplerOf(picture: Picture, filter: "bilinear" | "bicubic"): Sampler {
  return { channels: picture.channels, write: writer(picture, filter === "bilinear" ? 2 : 4) };
}

/** @param taps the pixels in each direction that make a sample: 2 are linear, 4 cubic */
function writer({ width, height, channels, data }: Picture, taps: 2 | 4): Sampler["write"] {
  // Those of the last sample, so that none are allocated for each.
  const across = { weights: new Float64Array(taps), offsets: new Int32Array(taps) };
  const down = { weights: new Float64Array(taps), offsets: new Int32Array(taps) };
  return (x, y, target, to) => {
    weigh(x, width, channels, across);
    weigh(y, height, width * channels, down);
    for (let channel = 0; channel < channels; channel += 1) {
      let level = 0;
      // All offsets are those of pixels of the picture.
      for (let row = 0; row < taps; row += 1) {
        const at = (down.offsets[row] as number) + channel;
        let sum = 0;
        for (let tap = 0; tap < taps; tap += 1) {
          const weight = across.weights[tap] as number;
          sum += weight * (data[at + (across.offsets[tap] as number)] as number);
        }
        level += sum * (down.weights[row] as number);
      }
      target[to + channel] = level; // a clamped array, which rounds
    }
  };
}

interface Taps {
  readonly weights: Float64Array;
  /** The indices of the pixels along one axis, times their distance in the data. */
  readonly offsets: Int32Array;
}

function weigh(at: number, length: number, step: number, { weights, offsets }: Taps): void {
  const taps = weights.length;
  const centre = Math.min(Math.max(at - 0.5, 0), length - 1);
  const left = Math.floor(centre);
  const first = left + 1 - taps / 2;
  for (let tap = 0; tap < taps; tap += 1) {
    const apart = Math.abs(first + tap - centre);
    weights[tap] = taps === 2 ? 1 - apart : cubic(apart);
    offsets[tap] = Math.min(Math.max(first + tap, 0), length - 1) * step;
  }
}
