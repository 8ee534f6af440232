// biome-ignore-all lint/style/noNonNullAssertion: `values` and `mask` have one length.
import type { Random } from "./random.ts";

/**
 * Drops each value with probability `rate` and scales the others by 1 / (1 - rate), so that the
 * expected sum stays, and prediction needs no correction (Srivastava et al., "Dropout", 2014, in
 * its inverted form). Writes the factors to `mask`.
 */
export function dropout(
  values: Float32Array,
  rate: number,
  random: Random,
  mask: Float32Array,
): void {
  for (let i = 0; i < values.length; i++) {
    mask[i] = random() < rate ? 0 : 1 / (1 - rate);
    values[i]! *= mask[i]!;
  }
}

/** Backpropagation: scales the gradient, in place, by the factors of the forward pass. */
export function dropoutGradient(gradient: Float32Array, mask: Float32Array): void {
  for (let i = 0; i < gradient.length; i++) {
    gradient[i]! *= mask[i]!;
  }
}
