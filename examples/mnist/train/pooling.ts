// biome-ignore-all lint/style/noNonNullAssertion: 2 * row + 1 and 2 * column + 1 stay below `size`,
// so each corner is inside its plane of `x`; `to` counts the pixels of `out`; and what `winners`
// holds is an index of `x`, or -1, which unpool() leaves out.

/**
 * ReLU and 2x2 max pooling in one: `x` ([planes, size, size]) to `out` ([planes, size / 2,
 * size / 2], rounded down). Writes to `winners`, for each output, the index in `x` that it came
 * from, or -1 where ReLU returned 0. Backpropagation needs no more than that.
 */
export function reluMaxPool(
  x: Float32Array,
  size: number,
  out: Float32Array,
  winners: Int32Array,
): void {
  const rows = size >> 1;
  const planes = x.length / (size * size);
  let to = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < rows; column++, to++) {
        const corner = (plane * size + 2 * row) * size + 2 * column;
        let winner = corner;
        if (x[corner + 1]! > x[winner]!) winner = corner + 1;
        if (x[corner + size]! > x[winner]!) winner = corner + size;
        if (x[corner + size + 1]! > x[winner]!) winner = corner + size + 1;
        const passes = x[winner]! > 0;
        out[to] = passes ? x[winner]! : 0;
        winners[to] = passes ? winner : -1;
      }
    }
  }
}

/** Sends the gradient by the pooled pixels back to the winners; all others in `out` get 0. */
export function unpool(gradient: Float32Array, winners: Int32Array, out: Float32Array): void {
  out.fill(0);
  for (let i = 0; i < winners.length; i++) {
    const winner = winners[i]!;
    if (winner >= 0) out[winner] = gradient[i]!;
  }
}
