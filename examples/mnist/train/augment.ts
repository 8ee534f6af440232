// biome-ignore-all lint/style/noNonNullAssertion: pixelAt() reads image[row * 28 + column] only
// after both were found to be in 0..27.
import { IMAGE_SIZE } from "./data.ts";
import type { Random } from "./random.ts";

const ROTATION_RADIANS = 0.42;
const SCALE_RANGE = 0.2;
const SHIFT_PIXELS = 3;
const CENTRE = (IMAGE_SIZE - 1) / 2;

/**
 * Writes `image` ([28, 28]), a little rotated (±12°), scaled (±10 %) and shifted (±1.5 pixels), to
 * `out` ([28, 28]). A network cannot memorise pictures that never repeat.
 *
 * It maps each target pixel back to the source and interpolates bilinearly between its four
 * neighbours; what lies outside the picture is black.
 */
export function augment(image: Float32Array, random: Random, out: Float32Array): void {
  const angle = spread(random, ROTATION_RADIANS);
  const scale = 1 + spread(random, SCALE_RANGE);
  const centreX = CENTRE + spread(random, SHIFT_PIXELS);
  const centreY = CENTRE + spread(random, SHIFT_PIXELS);
  const cos = Math.cos(angle) / scale;
  const sin = Math.sin(angle) / scale;
  for (let y = 0; y < IMAGE_SIZE; y++) {
    for (let x = 0; x < IMAGE_SIZE; x++) {
      const sourceX = cos * (x - centreX) - sin * (y - centreY) + CENTRE;
      const sourceY = sin * (x - centreX) + cos * (y - centreY) + CENTRE;
      out[y * IMAGE_SIZE + x] = interpolate(image, sourceX, sourceY);
    }
  }
}

/** Returns a number that is uniform in [-range / 2, range / 2). */
function spread(random: Random, range: number): number {
  return (random() - 0.5) * range;
}

function interpolate(image: Float32Array, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = x - left;
  const down = y - top;
  const upper = (1 - right) * pixelAt(image, left, top) + right * pixelAt(image, left + 1, top);
  const lower =
    (1 - right) * pixelAt(image, left, top + 1) + right * pixelAt(image, left + 1, top + 1);
  return (1 - down) * upper + down * lower;
}

function pixelAt(image: Float32Array, column: number, row: number): number {
  if (column < 0 || row < 0 || column >= IMAGE_SIZE || row >= IMAGE_SIZE) {
    return 0;
  }
  return image[row * IMAGE_SIZE + column]!;
}
