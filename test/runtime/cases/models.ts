/** ONNX models: MNIST by the example's own runnable, and sessions in the caller's thread. */
import { api, image, json, ndarray, runner } from "ekiben";
import digits from "../../../examples/mnist/digits.ts";
import { toPixels } from "../../../examples/mnist/pixels.ts";
import { bytesOf, equal } from "./check.ts";
import samples from "./samples.json" with { type: "json" };
import { growthSince, scrape } from "./scrape.ts";
import type { Case } from "./target.ts";

/** Returns the runner of the model. */
export function modelRunner() {
  return runner(digits, { name: "mnist", workers: 1 });
}

export function modelApis(classifier: ReturnType<typeof modelRunner>) {
  return {
    predict: api(
      { input: image({ mode: "L" }), output: json<{ digit: number; scores: number[] }>() },
      async (picture, context) => {
        const { data } = await classifier.classify(toPixels(picture), context);
        const scores = [...data];
        return { digit: scores.indexOf(Math.max(...scores)), scores };
      },
    ),
    classify: api(
      {
        input: ndarray({ dtype: "float32", shape: [-1, 1, 28, 28], enforceShape: true }),
        output: ndarray(),
      },
      (pixels, context) => classifier.classify(pixels, context),
    ),
  };
}

export const MODELS: readonly Case[] = [
  {
    name: "predict: 20 digits at once, with their probabilities",
    async run(target) {
      const answers = await Promise.all(
        samples.digits.map(async ({ file }) => {
          const response = await target.fetch("/predict", { method: "POST", body: bytesOf(file) });
          return (await response.json()) as unknown;
        }),
      );
      equal(
        answers,
        samples.digits.map(({ digit, scores }) => ({ digit, scores })),
      );
    },
  },
  {
    name: "classify: zeros, and the metrics of the worker",
    async run(target) {
      const body = JSON.stringify([[Array.from({ length: 28 }, () => Array(28).fill(0))]]);
      const before = await scrape(target);
      const response = await target.fetch("/classify", { method: "POST", body });
      const [scores] = (await response.json()) as [readonly number[]];
      equal(
        scores.reduce((sum, score) => sum + score, 0),
        1,
        "The sum of probabilities",
      );
      const name = "inference_duration_seconds_count{";
      const grown = await growthSince(before, target);
      equal(grown(name), 1, "The runs of the model");
    },
  },
  {
    name: "classify: a wrong shape",
    async run(target) {
      const response = await target.fetch("/classify", { method: "POST", body: "[[1]]" });
      equal(response.status, 400, await response.text());
    },
  },
];
