// biome-ignore-all lint/style/noNonNullAssertion: the vectors of a call have one length.

/** max(0, x), in place. */
export function relu(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < 0) values[i] = 0;
  }
}

/** Backpropagation: sets the gradient to 0, in place, wherever relu() returned 0. */
export function reluGradient(values: Float32Array, gradient: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i]! <= 0) gradient[i] = 0;
  }
}
