/** Runs inside the workers: the model, and a method over batches of digits. */
import { openSession } from "ekiben/onnx";
import { exponentialBuckets, runnable, type Tensor, tensor } from "ekiben/runnable";

export default runnable(import.meta.url, async ({ metrics, workerIndex }) => {
  const session = await openSession(new URL("./mnist-cnn.onnx", import.meta.url));
  const duration = metrics.histogram("inference_duration_seconds", {
    help: "Duration of inference of a batch in seconds",
    labels: ["backend", "worker"],
    buckets: exponentialBuckets(0.001, 1.5, 10),
  });
  return {
    batched: {
      /** Pixels [n, 1, 28, 28] from 0 (background) to 1 (ink); probabilities [n, 10]. */
      async classify(pixels: Tensor<"float32">) {
        using _ = duration.time({ backend: session.backend, worker: workerIndex });
        return await session.run(pixels, { output: "probabilities", dtype: "float32" });
      },
    },
    warmUp: { classify: tensor("float32", [1, 1, 28, 28]) },
    specs: { classify: { input: session.input(), output: session.output("probabilities") } },
    close: () => session.close(),
  };
});
