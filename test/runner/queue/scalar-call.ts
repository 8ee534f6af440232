/** Calls with a tensor that carries no rows. */
import { type Tensor, tensor } from "../../../src/tensor.ts";

/** A scalar beside rows along axis 1. */
export const axes = { x: 1 };

export function call(columns: number, scalar: number): Record<string, Tensor> {
  return {
    x: tensor(
      "float32",
      [2, columns],
      Float32Array.from({ length: 2 * columns }, (_, at) => at),
    ),
    s: tensor("float32", [], Float32Array.of(scalar)),
  };
}
