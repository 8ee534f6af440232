import process from "node:process";
import { openSession } from "../src/onnx/index.ts";
import { runnable, tensor, type Tensor } from "../src/runnable.ts";
export default runnable(import.meta.url, async ({ params }) => {
  const session = await openSession(new URL("../examples/mnist/mnist-cnn.onnx", import.meta.url), { backend: params as "native" });
  const big = params === "native" ? 150_000 : 20_000;
  return {
    batched: { classify: (x: Tensor<"float32">) => session.run(x, { output: "probabilities", dtype: "float32" }) },
    methods: {
      pid: () => process.pid,
      long: async () => { const t = performance.now(); await session.run(tensor("float32", [big, 1, 28, 28]), { output: "probabilities", dtype: "float32" }); return performance.now() - t; },
    },
  };
});
