import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import { chooseBackend } from "../../src/repository/backend-choice.ts";
import trial from "../../src/repository/backend-trial.ts";
import { runner } from "../../src/runner/runner.ts";
import { modelUrl } from "../onnx/models/index.ts";
import { silenced } from "../support/silenced.ts";
import crashing from "./fixtures/crashing-trial.ts";
import { KeptVerdicts } from "./kept-verdicts.ts";

const limits = { timeout: 300_000 };
const options = { url: modelUrl("conv"), threads: 1, host, triesWebGpu: false } as const;

test("chooseBackend() times a model on each backend, and keeps the verdict", limits, async () => {
  using _ = silenced();
  const store = new KeptVerdicts();
  const kept = { store, key: "conv" };
  const verdict = await chooseBackend({ ...options, kept });
  assert.ok(verdict !== undefined);
  assert.deepEqual(
    verdict.figures.map(({ backend }) => backend),
    ["wasm", "native"],
  );
  for (const { msByRows, refused } of verdict.figures) {
    assert.equal(refused, undefined);
    assert.deepEqual(Object.keys(msByRows), ["1", "4", "16"]);
    assert.ok(Object.values(msByRows).every((ms) => ms > 0));
  }
  // A process would fail to open this one.
  const next = { ...options, url: modelUrl("no such model"), kept };
  assert.deepEqual(await chooseBackend(next), verdict);
  assert.equal(store.values.size, 1);
});

test("chooseBackend() makes a new trial for a verdict that cannot be read", limits, async () => {
  using _ = silenced();
  const store = new KeptVerdicts();
  for (const broken of [null, "native", { backend: "gpu", reason: "", figures: [] }, {}]) {
    store.read = async () => broken;
    const found = await chooseBackend({ ...options, kept: { store, key: "k" } }, crashing);
    assert.equal(found?.backend, "wasm", JSON.stringify(broken));
  }
});

test("chooseBackend() does not choose a backend that ends its process", limits, async () => {
  using _ = silenced();
  const verdict = await chooseBackend(options, crashing);
  assert.equal(verdict?.backend, "wasm");
  assert.match(verdict.reason, /^native is not used: its process failed: /);
});

test("a trial compares a backend even if another one has ended its process", limits, async () => {
  using _ = silenced();
  const params = { url: options.url.href, threads: 1 };
  const pool = runner(trial, { name: "trial", isolation: "process", workers: 1, params });
  await pool.start(host);
  // The process that has been asked for the reference is gone.
  const figures = await pool.candidate("native");
  await pool.close();
  assert.deepEqual(Object.keys(figures), ["backend", "msByRows"]);
  assert.equal(figures.backend, "native");
});

test("chooseBackend() leaves a model that cannot be read to its start", limits, async () => {
  using _ = silenced();
  assert.equal(await chooseBackend({ ...options, url: modelUrl("no such model") }), undefined);
});

test("chooseBackend() makes no trial where there are no processes", async () => {
  const inline = { ...host, executors: { inline: host.executors.inline } } as typeof host;
  assert.equal(await chooseBackend({ ...options, host: inline }), undefined);
});
