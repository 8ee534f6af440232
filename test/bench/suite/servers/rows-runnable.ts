/** Runs inside the worker: the digits, for calls and in a loop. */
import { openSession } from "ekiben/onnx";
import { runnable, type Tensor, tensor } from "ekiben/runnable";

const model = new URL("../../../../examples/mnist/mnist-cnn.onnx", import.meta.url);

export default runnable(import.meta.url, async () => {
  const session = await openSession(model);
  const classify = (pixels: Tensor<"float32">): Promise<Tensor> => session.run(pixels);
  return {
    batched: { classify },
    methods: {
      /** Runs the model on the same rows again and again; resolves to the number of runs. */
      async loop({ rows, seconds }: { rows: number; seconds: number }) {
        const pixels = tensor("float32", [rows, 1, 28, 28]);
        const end = performance.now() + 1000 * seconds;
        let calls = 0;
        for (; performance.now() < end; calls++) await classify(pixels);
        return { calls };
      },
    },
    warmUp: { classify: tensor("float32", [1, 1, 28, 28]) },
    close: () => session.close(),
  };
});
