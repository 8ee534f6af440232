// biome-ignore-all lint/style/noNonNullAssertion: with S = size and R = S - 2, `i` is below R * R,
// the length of a plane of `gradient`, and `count` is at most that; an offset is row * S + column
// with both below R, so `low + 2` is at most input * S * S + (R + 1) * S + R + 1, which is within
// `x`; and `kernel + 8` is within weights, [outputs, inputs, 3, 3].
import { type Convolution, KERNEL_AREA } from "./convolution.ts";

/**
 * The values of one plane of the gradient by the output that are not zero: after max pooling, at
 * most one pixel in four. Each plane is read once for every input plane.
 */
interface Slopes {
  count: number;
  readonly values: Float32Array;
  /** The position of the kernel's first pixel in an input plane, for that output. */
  readonly offsets: Int32Array;
}

/**
 * Backpropagation through convolve(): given the input `x` and the gradient by the output ([outputs,
 * size - 2, size - 2]), adds to the gradients of weights and bias. If there is an `inputGradient`
 * ([inputs, size, size]), it gets the gradient by the input.
 */
export function addConvolutionGradient(
  layer: Convolution,
  x: Float32Array,
  gradient: Float32Array,
  inputGradient?: Float32Array,
): void {
  const area = (layer.size - 2) ** 2;
  const slopes = { count: 0, values: new Float32Array(area), offsets: new Int32Array(area) };
  inputGradient?.fill(0);
  for (let output = 0; output < layer.outputs; output++) {
    collect(layer.size, gradient.subarray(output * area, (output + 1) * area), slopes);
    layer.bias.gradient[output]! += sum(slopes);
    for (let input = 0; input < layer.inputs; input++) {
      addKernelGradient(layer, output, input, x, slopes);
      if (inputGradient) addInputGradient(layer, output, input, slopes, inputGradient);
    }
  }
}

/** Fills `slopes` from one plane of the gradient, row by row. */
function collect(size: number, plane: Float32Array, slopes: Slopes): void {
  const rows = size - 2;
  slopes.count = 0;
  for (let i = 0; i < plane.length; i++) {
    const slope = plane[i]!;
    if (slope === 0) continue;
    slopes.values[slopes.count] = slope;
    // An input row is two pixels longer than an output row.
    slopes.offsets[slopes.count] = i + 2 * Math.floor(i / rows);
    slopes.count++;
  }
}

function sum({ count, values }: Slopes): number {
  let total = 0;
  for (let i = 0; i < count; i++) {
    total += values[i]!;
  }
  return total;
}

function addKernelGradient(
  { inputs, size, weights }: Convolution,
  output: number,
  input: number,
  x: Float32Array,
  { count, values, offsets }: Slopes,
): void {
  let g0 = 0;
  let g1 = 0;
  let g2 = 0;
  let g3 = 0;
  let g4 = 0;
  let g5 = 0;
  let g6 = 0;
  let g7 = 0;
  let g8 = 0;
  for (let i = 0; i < count; i++) {
    const slope = values[i]!;
    const top = input * size * size + offsets[i]!;
    const mid = top + size;
    const low = mid + size;
    g0 += slope * x[top]!;
    g1 += slope * x[top + 1]!;
    g2 += slope * x[top + 2]!;
    g3 += slope * x[mid]!;
    g4 += slope * x[mid + 1]!;
    g5 += slope * x[mid + 2]!;
    g6 += slope * x[low]!;
    g7 += slope * x[low + 1]!;
    g8 += slope * x[low + 2]!;
  }
  const kernel = (output * inputs + input) * KERNEL_AREA;
  weights.gradient[kernel]! += g0;
  weights.gradient[kernel + 1]! += g1;
  weights.gradient[kernel + 2]! += g2;
  weights.gradient[kernel + 3]! += g3;
  weights.gradient[kernel + 4]! += g4;
  weights.gradient[kernel + 5]! += g5;
  weights.gradient[kernel + 6]! += g6;
  weights.gradient[kernel + 7]! += g7;
  weights.gradient[kernel + 8]! += g8;
}

function addInputGradient(
  { inputs, size, weights }: Convolution,
  output: number,
  input: number,
  { count, values, offsets }: Slopes,
  out: Float32Array,
): void {
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
  for (let i = 0; i < count; i++) {
    const slope = values[i]!;
    const top = input * size * size + offsets[i]!;
    const mid = top + size;
    const low = mid + size;
    out[top]! += slope * w0;
    out[top + 1]! += slope * w1;
    out[top + 2]! += slope * w2;
    out[mid]! += slope * w3;
    out[mid + 1]! += slope * w4;
    out[mid + 2]! += slope * w5;
    out[low]! += slope * w6;
    out[low + 1]! += slope * w7;
    out[low + 2]! += slope * w8;
  }
}
