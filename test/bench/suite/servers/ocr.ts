/** A classifier of text angles, for `ekiben serve`, with the workers of BENCH_WORKERS. */
import process from "node:process";
import { api, ndarray, runner, service, type Tensor } from "ekiben";
import angles from "./ocr-runnable.ts";

const path = process.env["BENCH_MODEL"] ?? "";
const classifier = runner(angles, {
  name: "angles",
  workers: Number(process.env["BENCH_WORKERS"]),
  params: { path },
});

export default service("ocr", {
  runners: [classifier],
  apis: {
    classify: api(
      { input: ndarray({ dtype: "float32", shape: [-1, 3, 48, 192] }), output: ndarray() },
      (rows: Tensor<"float32">, context) => classifier.classify(rows, context),
    ),
  },
});
