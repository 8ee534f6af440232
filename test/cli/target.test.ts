import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadTarget } from "../../src/cli/target.ts";
import { modelPath } from "../onnx/models/index.ts";
import { startCli } from "../support/cli.ts";

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
    assert.equal((await loadTarget(folderWith(files), auto)).name, name);
  });
}

const refused: readonly [string, Readonly<Record<string, string | null>>, RegExp][] = [
  ["an empty folder", {}, /^There is nothing to serve in the folder .*, and no model\.onnx\. Name/],
  ["two models", { "a.onnx": null, "b.ONNX": null }, /several models \(a\.onnx, b\.ONNX\)\. Name/],
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
    await assert.rejects(loadTarget(folderWith(files), auto), { message });
  });
}

test("ekiben serve without a target serves the model of the folder", async () => {
  const folder = folderWith({ "MODEL.ONNX": null });
  await using server = await startCli(["serve", "--working-dir", folder]);
  assert.match(server.output, /Serving model on/);
  const response = await fetch(`${server.url}/predict`, { method: "POST", body: '{"x":[[1,2]]}' });
  assert.deepEqual(await response.json(), { y: [[2, 4]] });
});
