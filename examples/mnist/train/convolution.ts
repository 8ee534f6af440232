// biome-ignore-all lint/style/noNonNullAssertion: with S = size and R = S - 2, rows and columns
// stay below R. So `to` is below outputs * R * R, the length of `out`; `low + 2` is at most
// input * S * S + (R + 1) * S + R + 1 < (input + 1) * S * S, which is within `x`; and `kernel + 8`
// is within weights, [outputs, inputs, 3, 3].
import { heNormal, type Parameter, zeros } from "./parameter.ts";
import type { Random } from "./random.ts";

/** Weights of one kernel. */
export const KERNEL_AREA = 9;

/** A 3x3 convolution with stride 1 and no padding: each plane loses two rows and two columns. */
export interface Convolution {
  /** Planes in and planes out. */
  readonly inputs: number;
  readonly outputs: number;
  /** Width and height of an input plane. */
  readonly size: number;
  /** [outputs, inputs, 3, 3] */
  readonly weights: Parameter;
  /** [outputs] */
  readonly bias: Parameter;
}

/** Layer number `index`: its parameters are named `w{index}` and `b{index}`. */
export function convolution(
  index: number,
  shape: Pick<Convolution, "inputs" | "outputs" | "size">,
  random: Random,
): Convolution {
  const { inputs, outputs } = shape;
  return {
    ...shape,
    weights: heNormal(`w${index}`, [outputs, inputs, 3, 3], inputs * KERNEL_AREA, random),
    bias: zeros(`b${index}`, [outputs]),
  };
}

/** Maps `x` ([inputs, size, size]) to `out` ([outputs, size - 2, size - 2]). */
export function convolve(layer: Convolution, x: Float32Array, out: Float32Array): void {
  const area = (layer.size - 2) ** 2;
  for (let output = 0; output < layer.outputs; output++) {
    out.fill(layer.bias.values[output]!, output * area, (output + 1) * area);
    for (let input = 0; input < layer.inputs; input++) {
      addConvolved(layer, output, input, x, out);
    }
  }
}

// Half of the training is spent in this loop, so it is unrolled over the kernel, keeps its nine
// weights in locals, and walks three neighbouring rows (top, mid, low) of one input plane.
function addConvolved(
  { inputs, size, weights }: Convolution,
  output: number,
  input: number,
  x: Float32Array,
  out: Float32Array,
): void {
  const rows = size - 2;
  const kernel = (output * inputs + input) * KERNEL_AREA;
  const w0 = weights.values[kernel]!;
  const w1 = weights.values[kernel + 1]!;
  const w2 = weights.values[kernel + 2]!;
  const w3 = weights.values[kernel + 3]!;
  const w4 = weights.values[kernel + 4]!;
  const w5 = weights.values[kernel + 5]!;
  const w6 = weights.values[kernel + 6]!;
  const w7 = weights.values[kernel + 7]!;
  const w8 = weights.values[kernel + 8]!;
  for (let row = 0; row < rows; row++) {
    let top = (input * size + row) * size;
    let mid = top + size;
    let low = mid + size;
    let to = (output * rows + row) * rows;
    for (let column = 0; column < rows; column++, top++, mid++, low++, to++) {
      out[to]! +=
        w0 * x[top]! +
        w1 * x[top + 1]! +
        w2 * x[top + 2]! +
        w3 * x[mid]! +
        w4 * x[mid + 1]! +
        w5 * x[mid + 2]! +
        w6 * x[low]! +
        w7 * x[low + 1]! +
        w8 * x[low + 2]!;
    }
  }
}
