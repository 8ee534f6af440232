import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { FolderCatalog } from "../../../src/repository/catalog/folder-catalog.ts";
import { addTo, folderOf } from "./folder.ts";

test("FolderCatalog finds a model as it is now", async () => {
  using folder = folderOf({ "a/1/model.onnx": "" });
  const catalog = new FolderCatalog(folder.path);
  const versions = async () => (await catalog.find("a"))?.versions.map(({ version }) => version);
  assert.deepEqual(await versions(), ["1"]);
  const [before] = (await catalog.find("a"))?.versions ?? [];
  addTo(folder.path, { "a/2/model.onnx": "", "a/1/model.onnx": "changed" });
  assert.deepEqual(await versions(), ["2", "1"]);
  const after = (await catalog.find("a"))?.versions[1];
  assert.equal(typeof before?.stamp, "string");
  assert.notEqual(after?.stamp, before?.stamp);
  assert.equal((await catalog.find("a"))?.versions[1]?.stamp, after?.stamp);
  rmSync(join(folder.path, "a"), { recursive: true });
  assert.equal(await catalog.find("a"), undefined);
});

test("FolderCatalog finds nothing by a path, whatever is there", async () => {
  using folder = folderOf({
    "models/a/1/model.onnx": "",
    "models/b.onnx": "",
    "x/1/model.onnx": "",
    "models/.hidden/1/model.onnx": "",
  });
  const catalog = new FolderCatalog(join(folder.path, "models"));
  const names = [
    ...["../x", "..", ".", "", "a/", "a/1", "./a", "a/../a", "..\\x", "b.onnx", "a\0", ".hidden"],
    ...[join(folder.path, "x"), "%2e%2e/x", "__proto__", "constructor", "x".repeat(100_000)],
  ];
  for (const name of names) assert.equal(await catalog.find(name), undefined, name.slice(0, 99));
  assert.equal((await catalog.find("a"))?.name, "a");
});

test("FolderCatalog finds the only model by its own name and by the given one", async () => {
  using folder = folderOf({ "a/1/model.onnx": "", "a/config.pbtxt": 'name: "a"' });
  const catalog = new FolderCatalog(folder.path, { name: "iris" });
  assert.equal((await catalog.find("iris"))?.name, "iris");
  assert.equal((await catalog.find("a"))?.name, "a");
  addTo(folder.path, { "b/1/model.onnx": "" });
  assert.equal(await catalog.find("iris"), undefined);
});

test("FolderCatalog throws the reason of a broken model, and for a missing folder", async () => {
  using folder = folderOf({ "a/1/": "", file: "" });
  const catalog = new FolderCatalog(folder.path);
  await assert.rejects(catalog.find("a"), { message: "version 1: there is no model.onnx" });
  await assert.rejects(new FolderCatalog(join(folder.path, "gone")).list(), /ENOENT/);
  await assert.rejects(new FolderCatalog(join(folder.path, "file")).list(), /ENOTDIR/);
});

test("FolderCatalog names the folder of one model after the folder", async () => {
  using folder = folderOf({ "1/model.onnx": "" });
  const [model] = await new FolderCatalog(`${folder.path}/`).list();
  assert.equal(model?.name, basename(folder.path));
});

test("FolderCatalog overrides settings, and takes others from a client", async () => {
  using folder = folderOf({
    "a/1/model.onnx": "",
    "a/2/model.onnx": "",
    "a/config.yaml": "{ batching: { enabled: true }, workers: 2, class_labels: labels.txt }",
    "a/labels.txt": "cat\ndog\n",
  });
  const catalog = new FolderCatalog(folder.path, { settings: { batch: "off" } });
  assert.deepEqual((await catalog.find("a"))?.settings, {
    batch: "off",
    workers: 2,
    classLabels: { "": ["cat", "dog"] },
  });
  const config = '{"versionPolicy": {"all": {}}, "instance_group": [{"count": 3}]}';
  assert.deepEqual((await catalog.find("a", config))?.settings, {
    batch: "off",
    workers: 3,
    versions: { kind: "all" },
  });
  await assert.rejects(catalog.find("a", "{"), { message: "config: It is not JSON" });
  const secret = '{"output": [{"name": "y", "label_filename": "../../../etc/passwd"}]}';
  await assert.rejects(catalog.find("a", secret), /must be in the folder of the model, but is/);
  const file = '{"default_model_filename": "../1/model.onnx"}';
  await assert.rejects(catalog.find("a", file), /must be in the folder of the model, but is/);
});

test("FolderCatalog takes the settings beside a model, but not those of the server", async () => {
  using folder = folderOf({ "model.onnx": "", "config.yaml": "threads: 2" });
  const settings = async () => (await new FolderCatalog(folder.path).find("model"))?.settings;
  assert.deepEqual(await settings(), { threads: 2 });
  addTo(folder.path, { "config.yaml": "runners: { batching: { enabled: false } }" });
  assert.deepEqual(await settings(), {});
  addTo(folder.path, { "a/model.onnx": "", "a/config.yaml": "runners: {}" });
  const models = await new FolderCatalog(folder.path).list();
  assert.ok(
    models.some((each) => "reason" in each && /configuration of a server$/.test(each.reason)),
  );
});

test("FolderCatalog lists a thousand models", async () => {
  const tree = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, at) => [`m${at}/1/model.onnx`, ""]),
  );
  using folder = folderOf(tree);
  const catalog = new FolderCatalog(folder.path);
  const models = await catalog.list();
  assert.equal(models.length, 1_000);
  assert.ok(models.every((model) => !("reason" in model)));
  assert.equal((await catalog.find("m999"))?.name, "m999");
});
