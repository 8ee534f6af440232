/** A runnable that receives and returns large tensors, for benchmarks. */

import { type Tensor, tensor } from "../../src/tensor.ts";
import { runnable } from "../../src/worker/runnable.ts";

export default runnable(import.meta.url, () => ({
  batched: {
    echo: (input: Tensor<"float32">) => input,
    /** A number for each row. */
    count: ({ shape: [rows = 0] }: Tensor<"float32">) => tensor("float32", [rows, 1]),
  },
  methods: { size: ({ data }: Tensor<"float32">) => data.length },
}));
