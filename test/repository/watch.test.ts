import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { host } from "../../src/host/server.ts";
import { FolderCatalog } from "../../src/repository/catalog/folder-catalog.ts";
import { Repository } from "../../src/repository/repository.ts";
import { modelPath } from "../onnx/models/index.ts";
import { silenced } from "../support/silenced.ts";
import { until } from "../support/until.ts";
import { FakeCatalog, opened, run } from "./fake-catalog.ts";

test("Repository follows the changes of a folder", async () => {
  using logged = silenced();
  const folder = mkdtempSync(join(tmpdir(), "ekiben-watch-"));
  const put = (name: string, version: string, file: string): void => {
    mkdirSync(join(folder, name, version), { recursive: true });
    cpSync(modelPath(file), join(folder, name, version, "model.onnx"));
  };
  put("a", "1", "unnamed");
  const models = new Repository({
    catalog: new FolderCatalog(folder),
    batchingOf: () => ({ choice: "on", overridesOff: false }),
    watch: { settleMs: 20, intervalMs: 200 },
  });
  await models.start(host);
  try {
    put("a", "2", "unnamed");
    await until(() => models.versionsOf("a")[0] === "2");
    // A model that is half written cannot be loaded, and the old one goes on.
    const whole = readFileSync(modelPath("noshape"));
    mkdirSync(join(folder, "a", "3"));
    writeFileSync(join(folder, "a", "3", "model.onnx"), whole.subarray(0, 40));
    await until(() => models.index().some(({ reason }) => reason !== "" && !/serve/.test(reason)));
    assert.deepEqual(await run(models, "a"), ["2", 2, 4]);
    writeFileSync(join(folder, "a", "3", "model.onnx"), whole);
    await until(() => models.versionsOf("a")[0] === "3");
    put("b", "1", "unnamed");
    await until(() => models.names.includes("b"));
    assert.deepEqual(await run(models, "b"), ["1", 2, 4]);
    renameSync(join(folder, "b"), join(folder, "c"));
    await until(() => models.names.join() === "a,c");
    await until(() => models.index().every(({ name }) => name !== "b"));
    assert.deepEqual(await run(models, "c"), ["1", 2, 4]);
    assert.match(logged.text, /Model .a. has changed, but cannot be loaded: /);
  } finally {
    await models.close();
    rmSync(folder, { recursive: true });
  }
});

test("Repository loads no model for a change that its next call will see", async () => {
  using _ = silenced();
  const catalog = new FakeCatalog();
  for (const name of ["a", "b"]) catalog.put(name, "1", "unnamed");
  const watch = { settleMs: 10, intervalMs: 10 };
  await using fixture = await opened(catalog, { maxModels: 1, watch });
  const { models } = fixture;
  catalog.put("b", "2", "unnamed");
  catalog.put("c", "1", "unnamed");
  await until(() => models.names.includes("c") && models.versionsOf("b")[0] === "2");
  assert.deepEqual(
    models.index().map(({ name, version, state }) => [name, version, state]),
    [
      ["a", "1", "READY"],
      ["b", "2", "UNAVAILABLE"],
      ["b", "1", "UNAVAILABLE"],
      ["c", "1", "UNAVAILABLE"],
    ],
  );
  assert.deepEqual(await run(models, "b"), ["2", 2, 4]);
  assert.deepEqual(await run(models, "c"), ["1", 2, 4]);
});
