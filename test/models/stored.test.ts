/** Models of the store in runnables, which read them in workers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { models } from "../../src/models/index.ts";
import { runner } from "../../src/runner/runner.ts";
import stored from "./fixtures/stored.ts";
import { model, NAME } from "./hub-setup.ts";
import { COMMIT, LoopbackHub, REPO } from "./loopback-hub.ts";
import { MNIST, temporaryStore } from "./temporary-store.ts";

const image = { dtype: "float32", shape: [1, 1, 28, 28], data: new Float32Array(784) } as const;

/** Opens a model in two workers at once, and runs it. */
async function opened(source: string): Promise<void> {
  const pool = runner(stored, { name: "stored", workers: 2, params: { model: source } });
  try {
    await pool.start();
    const { shape } = await pool.classify(image);
    assert.deepEqual(shape, [1, 10]);
  } finally {
    await pool.close();
  }
}

test("models.get() and openSession() find a model by its tag in workers", async () => {
  using _ = temporaryStore();
  await models.import(MNIST, { name: "mnist_cnn" });
  await opened("mnist_cnn:latest");
  await opened("models:mnist_cnn");
  await opened("models:mnist_cnn:latest/mnist-cnn.onnx");
  await assert.rejects(opened("models:other"), /There is no model other: .* has mnist_cnn/);
});

/** Runs work with the hub that the environment names. */
async function withHub(work: (hub: LoopbackHub) => Promise<void>): Promise<void> {
  using _ = temporaryStore();
  const before = process.env["HF_ENDPOINT"];
  await using hub = await LoopbackHub.open({ "onnx/model.onnx": { content: model, lfs: true } });
  process.env["HF_ENDPOINT"] = hub.url;
  try {
    await work(hub);
  } finally {
    if (before === undefined) delete process.env["HF_ENDPOINT"];
    else process.env["HF_ENDPOINT"] = before;
  }
}

test("two workers that open the same model of a hub at once fetch it once", async () => {
  await withHub(async (hub) => {
    await opened(`hf:${REPO}`);
    assert.equal(hub.fetched.filter(({ server }) => server === "cdn").length, 1);
    const before = hub.seen.length;
    await opened(`hf:${REPO}`);
    await opened(`hf:${REPO}@${COMMIT}/onnx/model.onnx`);
    assert.equal(hub.seen.length, before, "nothing is asked again");
    assert.equal(models.get(NAME).version, COMMIT);
  });
});

test("models has all that the command line does", async () => {
  await withHub(async (hub) => {
    const labels = { team: "a" };
    const files = { "a.txt": "text", "b/c.bin": Uint8Array.of(1, 2) };
    const made = await models.create("made", files, { version: "1", labels, source: "a test" });
    assert.deepEqual([made.tag, made.size, made.info.labels], ["made:1", 6, labels]);
    assert.throws(() => made.file(), { code: "not_found", message: /has no file \*\.onnx/ });
    await assert.rejects(models.create("made", { "../x": "" }), { code: "invalid_argument" });
    await assert.rejects(models.create("made", {}), /has no files/);
    const pulled = await models.pull(`hf:${REPO}`, { name: "pulled", version: "v1" });
    assert.deepEqual([pulled.tag, hub.fetched.length], ["pulled:v1", 2]);
    assert.deepEqual(
      models.list().map(({ tag }) => tag),
      ["made:1", "pulled:v1"],
    );
    const path = await models.export("made", `${made.path}/../../../out.tgz`);
    await models.delete("made:1");
    assert.throws(() => models.get("made"), { code: "not_found" });
    assert.equal((await models.import(path)).tag, "made:1");
  });
});
