/** Runs inside the workers: the classifier, whose file is a parameter. */
import { openSession } from "ekiben/onnx";
import { type LoadContext, runnable, type Tensor, tensor } from "ekiben/runnable";

export default runnable(import.meta.url, async ({ params }: LoadContext<{ path: string }>) => {
  const session = await openSession(params.path);
  return {
    batched: { classify: (rows: Tensor<"float32">) => session.run(rows) },
    warmUp: { classify: tensor("float32", [1, 3, 48, 192]) },
    close: () => session.close(),
  };
});
