/** Settings that name tensors which their model does not have. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { LoadedVersion } from "../../src/repository/loaded-version.ts";
import type { ModelSettings } from "../../src/repository/model-settings.ts";
import { graph, model, node, value } from "../onnx/onnx-model.ts";
import { temporaryFolder } from "../project/checkout.ts";

const FLOAT = 1;

function open(settings: ModelSettings): LoadedVersion {
  const file = join(temporaryFolder().path, "relu.onnx");
  const content = model(
    graph({
      nodes: [node("Relu", ["x"], ["y"])],
      inputs: [value("x", FLOAT, ["n", 2])],
      outputs: [value("y", FLOAT, ["n", 2])],
    }),
  );
  writeFileSync(file, content);
  const found = { version: "1", url: pathToFileURL(file) };
  const batching = { choice: "off", overridesOff: false } as const;
  return new LoadedVersion({ name: "relu", found, settings, runner: "relu", batching });
}

const settings: readonly (readonly [ModelSettings, RegExp | undefined])[] = [
  [{ declared: { inputs: ["x"], outputs: ["y"] }, classLabels: { y: ["a", "b"] } }, undefined],
  [{ classLabels: { "": ["a", "b"] } }, undefined],
  [
    { declared: { inputs: ["x", "images"], outputs: [] } },
    /settings name the input "images", which the model does not have: its inputs are "x"$/,
  ],
  [{ declared: { inputs: [], outputs: ["z"] } }, /the output "z", .*: its outputs are "y"$/],
  [{ classLabels: { scores: ["a"] } }, /the output "scores", .*: its outputs are "y"$/],
];

for (const [given, refusal] of settings) {
  test(`A model is ${refusal ? "not " : ""}loaded with ${JSON.stringify(given)}`, async () => {
    const loaded = open({ ...given, workers: 1 });
    try {
      if (refusal === undefined) await loaded.start();
      else await assert.rejects(loaded.start(), refusal);
    } finally {
      await loaded.close();
    }
  });
}
