import assert from "node:assert/strict";
import { test } from "node:test";
import { modelService } from "../../src/repository/model-service.ts";
import type { TrialOptions } from "../../src/repository/trials.ts";
import { modelUrl } from "../onnx/models/index.ts";
import { silenced } from "../support/silenced.ts";
import { KeptVerdicts } from "./kept-verdicts.ts";

const limits = { timeout: 300_000 };

/** Starts the service of a model. Returns what its metadata says, and stops it. */
async function propertiesWith(name: string, trials: TrialOptions) {
  using _ = silenced();
  const batchingOf = () => ({ choice: "auto", overridesOff: false }) as const;
  await using served = modelService(modelUrl(name), batchingOf, name, { trials });
  await served.start();
  return served.models?.find(name).properties ?? {};
}

test("a model is served on the backend that a trial chooses, and says why", limits, async () => {
  const store = new KeptVerdicts();
  const { backend, backend_choice, backend_figures } = await propertiesWith("conv", { store });
  assert.match(backend_choice ?? "", /^runs of 1, 4, 16 rows took wasm .* ms and native .* ms$/);
  const figures = JSON.parse(backend_figures ?? "") as { backend: string }[];
  assert.ok(figures.some((each) => each.backend === backend));
  // One of the backend, and one of the batching.
  assert.equal(store.values.size, 2);
});

test("a model is served by the verdicts of an earlier start", limits, async () => {
  const store = new KeptVerdicts();
  await propertiesWith("conv", { store });
  for (const [key, value] of store.values) {
    const reason = "so it was found";
    store.values.set(key, { ...(value as object), reason, backend: "wasm" });
  }
  const { backend, backend_choice, batching } = await propertiesWith("conv", { store });
  assert.equal(backend, "wasm");
  assert.equal(backend_choice, "so it was found");
  assert.equal(batching, "so it was found");
});

test("a model whose calls are not joined is tried again at its next start", limits, async () => {
  const store = new KeptVerdicts();
  await propertiesWith("softmax0", { store });
  assert.deepEqual(
    [...store.values.keys()].filter((key) => key.startsWith("batching")),
    [],
  );
});

test("a model with weights in further files is tried again at its next start", limits, async () => {
  const store = new KeptVerdicts();
  const { backend_choice } = await propertiesWith("external", { store });
  assert.match(backend_choice ?? "", /took wasm/);
  const kept = [...store.values.keys()].filter((key) => !key.startsWith("batching"));
  assert.deepEqual(kept, []);
});
