import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { loadTarget } from "../../src/cli/target.ts";
import { configOf } from "../config/config-of.ts";
import { modelPath } from "../onnx/models/index.ts";
import { startCli } from "../support/cli.ts";
import { silenced } from "../support/silenced.ts";

const root = mkdtempSync(join(tmpdir(), "ekiben-target-"));
after(() => rmSync(root, { recursive: true }));

const auto = () => ({ choice: "auto", overridesOff: false }) as const;

const INDEX = new URL("../../src/index.ts", import.meta.url).href;
const serviceOf = (name: string): string =>
  `import { service } from ${JSON.stringify(INDEX)};\n` +
  `export default service("${name}", { apis: {} });`;

/** A folder with these files; a file of `null` is a model. */
function folderWith(files: Readonly<Record<string, string | null>>): string {
  const folder = mkdtempSync(join(root, "folder-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    if (text === null) copyFileSync(modelPath("unnamed"), join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
  return folder;
}

const found: readonly [string, Readonly<Record<string, string | null>>, string][] = [
  ["service.ts", { "service.ts": serviceOf("typed"), "other.ts": "" }, "typed"],
  ["service.js", { "service.js": serviceOf("plain") }, "plain"],
  ["service.mts", { "service.mts": serviceOf("module") }, "module"],
  [
    "service.ts before what is compiled of it, and before a model",
    { "service.js": serviceOf("b"), "service.ts": serviceOf("a"), "m.onnx": null },
    "a",
  ],
  ["one model", { "Only One.onnx": null, "README.md": "" }, "only-one"],
  ["one model with a version", { "iris/1/model.onnx": null, "iris/config.yaml": "" }, "iris"],
  ["one model in capitals", { "MODEL.ONNX": null }, "model"],
  [
    "the file that package.json names",
    {
      "package.json": '{ "type": "module", "ekiben": "./main.ts" }',
      "main.ts": serviceOf("named"),
      "m.onnx": null,
    },
    "named",
  ],
  [
    "the model that package.json names",
    { "package.json": '{"ekiben":"b.onnx"}', "a.onnx": null, "b.onnx": null },
    "b",
  ],
  ["a model beside a package.json without the key", { "package.json": "{}", "a.onnx": null }, "a"],
];

for (const [what, files, name] of found) {
  test(`loadTarget() loads ${what} of a folder`, async () => {
    assert.equal((await loadTarget(folderWith(files), { batching: auto })).name, name);
  });
}

const refused: readonly [string, Readonly<Record<string, string | null>>, RegExp][] = [
  ["an empty folder", {}, /^There is nothing to serve in the folder .*, and no model\.onnx\. Name/],
  [
    "models that are all broken",
    { "a/1/x.txt": "", "b/config.yaml": "workers: 0", "b/model.onnx": null },
    /^No model in the folder .* can be served:\n {2}a: version 1: .*\n {2}b: config\.yaml: "w/,
  ],
  [
    "a package.json that names what is not there",
    { "package.json": '{ "ekiben": "gone.ts" }', "service.ts": "" },
    /^The key "ekiben" of .*package\.json names .*gone\.ts, which is not a file$/,
  ],
  [
    "a package.json whose key is no path",
    { "package.json": '{ "ekiben": { "port": 1 } }' },
    /must be the path of a service or a model, but was \{"port":1\}$/,
  ],
  ["a broken package.json", { "package.json": "{" }, /^Cannot read .*package\.json: /],
];

for (const [what, files, message] of refused) {
  test(`loadTarget() refuses ${what}`, async () => {
    await assert.rejects(loadTarget(folderWith(files), { batching: auto }), { message });
  });
}

test("ekiben serve without a target serves the model of the folder", async () => {
  const folder = folderWith({ "MODEL.ONNX": null });
  await using server = await startCli(["serve", "--working-dir", folder]);
  assert.match(server.output, /Serving model on/);
  const response = await fetch(`${server.url}/predict`, { method: "POST", body: '{"x":[[1,2]]}' });
  assert.deepEqual(await response.json(), { y: [[2, 4]] });
});

/** A folder with models, of which one is broken. */
const many = folderWith({
  "My Model/1/model.onnx": null,
  "My Model/3/model.onnx": null,
  "b.onnx": null,
  "broken/config.yaml": "batchin: {}",
});

test("loadTarget() loads all models of a folder, but for those that are broken", async () => {
  const service = await loadTarget(many, { batching: auto });
  const { models } = service;
  try {
    await service.start();
    assert.deepEqual([...(models?.names ?? [])].sort(), ["My Model", "b"]);
    assert.deepEqual(models?.versionsOf("My Model"), ["3"]);
    const { state, reason } = models?.index().find(({ name }) => name === "broken") ?? {};
    assert.equal(state, "UNAVAILABLE");
    assert.match(reason ?? "", /^config\.yaml: There is no key "batchin"/);
    assert.deepEqual(Object.keys(service.apis), []);
  } finally {
    await service.close();
  }
});

test("loadTarget() names the only model as it is told, and not the one of code", async () => {
  const folder = folderWith({ "resnet/1/model.onnx": null });
  for (const [target, model] of [
    [folder, "iris flower"],
    [join(folder, "resnet"), "iris flower"],
    [join(folder, "resnet", "1", "model.onnx"), "iris flower"],
  ] as const) {
    const service = await loadTarget(target, { batching: auto, name: model });
    try {
      await service.start();
      assert.equal(service.name, "iris-flower");
      assert.deepEqual(service.models?.names, [model]);
      assert.deepEqual(Object.keys(service.apis), ["predict", "describe"]);
    } finally {
      await service.close();
    }
  }
  using logged = silenced();
  const code = folderWith({ "service.ts": serviceOf("coded") });
  assert.equal((await loadTarget(code, { batching: auto, name: "other" })).name, "coded");
  assert.match(logged.text, /--name has no effect on the service ["']coded["']: it has its name/);
  assert.doesNotMatch(logged.text, /--watch|--model-control|--max-models|--strict-|--try-webgpu/);
  const flags = { control: true, maxModels: 2, watch: true, strictReadiness: true };
  await loadTarget(code, { batching: auto, ...flags, triesWebGpu: true });
  assert.match(logged.text, /--watch has no effect on .*: ekiben dev starts a service again when/);
  for (const flag of ["--model-control", "--max-models", "--strict-readiness", "--try-webgpu"]) {
    assert.match(logged.text, new RegExp(`${flag} has no effect on .*: it is for models without`));
  }
});

test("loadTarget() takes an empty folder if models may come later", async () => {
  const folder = folderWith({});
  const service = await loadTarget(folder, { batching: auto, control: true, name: "later" });
  assert.equal(service.name, "later");
});

test("loadTarget() refuses a configuration of runners that no model has", async () => {
  const config = configOf("runners: { my-modle: { batching: { max_batch_size: 2 } } }");
  const options = { batching: auto, config };
  const message = /There is no runner "my-modle": did you mean "my-model"\?$/;
  await assert.rejects(loadTarget(many, options), { message });
  const one = join(many, "My Model", "1", "model.onnx");
  await assert.rejects(loadTarget(one, { ...options, name: "My Model" }), { message });
  const right = configOf("runners: { my-model: {}, my-model.v3: {}, b: {}, broken: {} }");
  await loadTarget(many, { ...options, config: right });
  // A model of that name may come later.
  using logged = silenced();
  await loadTarget(many, { ...options, watch: true });
  assert.match(logged.text, /There is no runner/);
});
