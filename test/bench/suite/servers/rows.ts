/** Digits, several a call, for `ekiben serve`; the worker also has a loop of its own. */
import { api, json, ndarray, runner, service, type Tensor } from "ekiben";
import digits from "./rows-runnable.ts";

const classifier = runner(digits, { name: "rows", workers: 1 });

export default service("rows", {
  runners: [classifier],
  apis: {
    classify: api(
      { input: ndarray({ dtype: "float32", shape: [-1, 1, 28, 28] }), output: ndarray() },
      (pixels: Tensor<"float32">, context) => classifier.classify(pixels, context),
    ),
    loop: api(
      { input: json<{ rows: number; seconds: number }>(), output: json<{ calls: number }>() },
      (order, context) => classifier.loop(order, context),
    ),
  },
});
