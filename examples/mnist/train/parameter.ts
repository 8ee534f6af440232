import { normal, type Random } from "./random.ts";

/** A tensor that is learned, and the gradient of the loss by it, summed over a batch. */
export interface Parameter {
  /** Its name in the ONNX graph. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Row-major, as long as the product of `dims`; so is `gradient`. */
  readonly values: Float32Array;
  readonly gradient: Float32Array;
}

/** Returns a parameter of zeros: the initial value of biases. */
export function zeros(name: string, dims: readonly number[]): Parameter {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { name, dims, values: new Float32Array(length), gradient: new Float32Array(length) };
}

/**
 * Returns weights that keep the variance of values through a ReLU: normal with the standard
 * deviation sqrt(2 / fanIn), where `fanIn` is the number of inputs of one output. He, Zhang, Ren
 * and Sun, "Delving Deep into Rectifiers" (2015), equation 10.
 */
export function heNormal(
  name: string,
  dims: readonly number[],
  fanIn: number,
  random: Random,
): Parameter {
  const parameter = zeros(name, dims);
  for (let i = 0; i < parameter.values.length; i++) {
    parameter.values[i] = normal(random) * Math.sqrt(2 / fanIn);
  }
  return parameter;
}
