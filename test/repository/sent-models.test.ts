/** Models that the folder of a repository does not have: a caller sends their files. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import { FolderCatalog } from "../../src/repository/catalog/folder-catalog.ts";
import { Repository } from "../../src/repository/repository.ts";
import { modelPath } from "../onnx/models/index.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { run } from "./fake-catalog.ts";

const bytes = readFileSync(modelPath("unnamed"));
const files = new Map<string, Uint8Array>([["1/model.onnx", bytes]]);

async function started(options: { maxModels?: number; watch?: boolean } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "ekiben-sent-"));
  writeFileSync(join(folder, "own.onnx"), bytes);
  writeFileSync(join(folder, "other.onnx"), bytes);
  const models = new Repository({
    ...options,
    catalog: new FolderCatalog(folder),
    batchingOf: () => ({ choice: "on", overridesOff: false }),
    control: true,
  });
  await models.start(host);
  return { folder, models, [Symbol.asyncDispose]: () => models.close(100) };
}

test("Repository loads a new model that a caller sends, until it is unloaded", async () => {
  using _ = silenced();
  await using fixture = await started({ watch: true });
  const { models, folder } = fixture;
  await assert.rejects(models.load("new"), { code: "not_found" });
  await models.load("new", { config: '{"max_batch_size":8}', files });
  assert.deepEqual(await run(models, "new"), ["1", 2, 4]);
  assert.ok(models.index().some(({ name }) => name === "new"));
  await models.load("new", { files: new Map([["2/model.onnx", bytes]]) });
  assert.deepEqual(await run(models, "new"), ["2", 2, 4]);
  // A look at the folder does not take it away.
  writeFileSync(join(folder, "third.onnx"), bytes);
  await until(() => models.names.includes("third"));
  assert.deepEqual(await run(models, "new"), ["2", 2, 4]);
  await models.unload("new");
  assert.ok(!models.index().some(({ name }) => name === "new"));
  await assert.rejects(models.load("new"), { code: "not_found" });
  assert.deepEqual(readdirSync(folder).sort(), ["other.onnx", "own.onnx", "third.onnx"]);
});

test("Repository keeps nothing of a new model that cannot be loaded", async () => {
  using _ = silenced();
  await using fixture = await started();
  const { models } = fixture;
  const broken = new Map([["1/model.onnx", new Uint8Array(100)]]);
  for (const [name, parameters] of [
    ["broken", { files: broken }],
    ["broken", { config: "{", files }],
    ["broken", { files: new Map([["model.onnx", bytes]]) }],
    ["broken", { config: "{}" }],
    ["../own", { files }],
    ["a/b", { files }],
    ["", { files }],
    ["x".repeat(129), { files }],
  ] as const) {
    await assert.rejects(models.load(name, parameters), /failed to load/, name);
  }
  assert.deepEqual(
    models
      .index()
      .map(({ name }) => name)
      .sort(),
    ["other", "own"],
  );
});

test("Repository loads a model that was sent again, after it has made room", async () => {
  using _ = silenced();
  await using fixture = await started({ maxModels: 1 });
  const { models } = fixture;
  await models.load("new", { files });
  assert.deepEqual(await run(models, "own"), ["1", 2, 4]);
  assert.deepEqual(await run(models, "new"), ["1", 2, 4]);
});
