import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { importModel } from "../../src/models/import.ts";
import { temporaryStore } from "./temporary-store.ts";

const folder = fileURLToPath(new URL("../onnx/models/", import.meta.url));

test("importModel() takes the weights beside a model along", async () => {
  using at = temporaryStore();
  const { info } = await importModel(at.store, join(folder, "external.onnx"));
  const paths = ["external.onnx", "external.onnx.data"];
  assert.deepEqual(
    info.files.map(({ path }) => path),
    paths,
  );
  assert.equal(info.signatures["run"]?.outputs?.length, 1);
});

test("importModel() takes no weights from elsewhere", async () => {
  using at = temporaryStore();
  const own = join(at.folder, "own");
  mkdirSync(own);
  copyFileSync(join(folder, "external.onnx"), join(own, "external.onnx"));
  await assert.rejects(importModel(at.store, join(own, "external.onnx")), /There is no file/);
  writeFileSync(join(at.folder, "secret"), "s");
  symlinkSync("../secret", join(own, "external.onnx.data"));
  await assert.rejects(importModel(at.store, join(own, "external.onnx")), /not in the folder/);
});
