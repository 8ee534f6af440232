/** Runs inside the workers: the model, and one method over batches of digits. */
import { runnable, type Tensor, tensor } from "ekiben";
import { openSession } from "ekiben/onnx";

export default runnable(import.meta.url, async () => {
  const session = await openSession(new URL("./mnist-cnn.onnx", import.meta.url));
  return {
    batched: {
      /** Pixels [n, 1, 28, 28] from 0 (background) to 1 (ink); probabilities [n, 10]. */
      classify: (pixels: Tensor<"float32">) => session.run(pixels, "probabilities"),
    },
    warmUp: { classify: tensor("float32", [1, 1, 28, 28]) },
    close: () => session.close(),
  };
});
