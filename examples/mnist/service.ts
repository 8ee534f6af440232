/** A service that reads handwritten digits: from a picture, or from pixels. */
import { api, image, json, metrics, ndarray, runner, service, type Tensor } from "ekiben";
import digits from "./digits.ts";
import { toPixels } from "./pixels.ts";

const classifier = runner(digits, { name: "mnist" });
const measured = metrics();
const predicted = measured.counter("digits_predicted_total", {
  help: "Digits predicted, by digit",
  labels: ["digit"],
});

export default service("onnx_mnist", {
  runners: [classifier],
  metrics: measured,
  apis: {
    predict: api(
      {
        input: image({ mode: "L" }),
        output: json<{ digit: number; scores: number[] }>(),
        description: "Read the digit in a picture; scores are the probabilities of 0 to 9",
      },
      async (picture, context) => {
        const { data } = await classifier.classify(toPixels(picture), context);
        const scores = Array.from(data);
        const digit = scores.indexOf(Math.max(...scores));
        predicted.inc({ digit });
        return { digit, scores };
      },
    ),
    classify: api(
      {
        input: ndarray({ dtype: "float32", shape: [-1, 1, 28, 28], enforceShape: true }),
        output: ndarray(),
        description: "Probabilities [n, 10] of n digits of 1 x 28 x 28 pixels from 0 to 1",
      },
      (pixels: Tensor<"float32">, context) => classifier.classify(pixels, context),
    ),
  },
});
