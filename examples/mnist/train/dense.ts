// biome-ignore-all lint/style/noNonNullAssertion: `output` < outputs and `input` < inputs, the
// lengths of the vectors, so output * inputs + input is within weights, [outputs, inputs].
import { heNormal, type Parameter, zeros } from "./parameter.ts";
import type { Random } from "./random.ts";

/** A fully connected layer: out = weights x + bias. */
export interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs] */
  readonly weights: Parameter;
  /** [outputs] */
  readonly bias: Parameter;
}

/** Layer number `index`: its parameters are named `w{index}` and `b{index}`. */
export function dense(
  index: number,
  { inputs, outputs }: Pick<Dense, "inputs" | "outputs">,
  random: Random,
): Dense {
  return {
    inputs,
    outputs,
    weights: heNormal(`w${index}`, [outputs, inputs], inputs, random),
    bias: zeros(`b${index}`, [outputs]),
  };
}

/** Maps `x` ([inputs]) to `out` ([outputs]). */
export function connect(layer: Dense, x: Float32Array, out: Float32Array): void {
  const { inputs, outputs } = layer;
  const weights = layer.weights.values;
  for (let output = 0; output < outputs; output++) {
    let sum = layer.bias.values[output]!;
    const row = output * inputs;
    for (let input = 0; input < inputs; input++) {
      sum += weights[row + input]! * x[input]!;
    }
    out[output] = sum;
  }
}

/**
 * Given the input `x` and the gradient by the output ([outputs]), adds to the gradients of weights
 * and bias, and writes the gradient by the input ([inputs]) to `out`.
 */
export function addDenseGradient(
  layer: Dense,
  x: Float32Array,
  gradient: Float32Array,
  out: Float32Array,
): void {
  const { inputs, outputs } = layer;
  const weights = layer.weights.values;
  const weightGradient = layer.weights.gradient;
  out.fill(0);
  for (let output = 0; output < outputs; output++) {
    const slope = gradient[output]!;
    // Half of the hidden units are off, and their gradient is exactly 0.
    if (slope === 0) continue;
    layer.bias.gradient[output]! += slope;
    const row = output * inputs;
    for (let input = 0; input < inputs; input++) {
      weightGradient[row + input]! += slope * x[input]!;
      out[input]! += slope * weights[row + input]!;
    }
  }
}
