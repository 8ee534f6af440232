import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  FolderCatalog,
  type FolderCatalogOptions,
} from "../../../src/repository/catalog/folder-catalog.ts";
import type { BrokenModel, FoundModel } from "../../../src/repository/model-settings.ts";
import { folderOf, type Tree } from "./folder.ts";

type Found = FoundModel | BrokenModel;

/** Returns the models of a folder: `name: version=file …`, or the reason of what is wrong. */
function shownIn(folder: string, models: readonly Found[]): readonly string[] {
  return models.map((model) => {
    if ("reason" in model) return `${model.name}! ${model.reason}`;
    const versions = model.versions.map(({ version, url }) => {
      return `${version}=${fileURLToPath(url).slice(folder.length + 1)}`;
    });
    return `${model.name}: ${versions.join(" ")}`;
  });
}

interface Listed {
  readonly what: string;
  readonly tree: Tree;
  readonly models: readonly string[];
  readonly warnings?: readonly RegExp[];
  readonly options?: FolderCatalogOptions;
}

const listed: readonly Listed[] = [
  {
    what: "models with versions, the newest first",
    tree: { "a/2/model.onnx": "", "a/10/model.onnx": "", "b/1/model.onnx": "" },
    models: ["a: 10=a/10/model.onnx 2=a/2/model.onnx", "b: 1=b/1/model.onnx"],
  },
  {
    what: "models without versions, and files",
    tree: { "a/model.onnx": "", "a/model.onnx.data": "", "b.onnx": "", "C.ONNX": "", "x.txt": "" },
    models: ["a: 1=a/model.onnx", "C: 1=C.ONNX", "b: 1=b.onnx"],
  },
  {
    what: "the only file of a version, whatever its name",
    tree: { "a/1/net.onnx": "", "a/1/notes.md": "", "b/1/x.onnx": "", "b/1/model.onnx": "" },
    models: ["a: 1=a/1/net.onnx", "b: 1=b/1/model.onnx"],
  },
  {
    what: "a model that is a folder, as Triton has those with external data",
    tree: { "a/1/model.onnx/model.onnx": "", "a/1/model.onnx/weights": "" },
    models: ["a: 1=a/1/model.onnx/model.onnx"],
  },
  {
    what: "names with spaces, capitals and other letters",
    tree: { "My Model/1/model.onnx": "", "モデル/1/model.onnx": "", "a#b?c%20.onnx": "" },
    models: [
      "My Model: 1=My Model/1/model.onnx",
      "モデル: 1=モデル/1/model.onnx",
      "a#b?c%20: 1=a#b?c%20.onnx",
    ],
  },
  {
    what: "the folder of one model, as KServe mounts it",
    tree: { "1/model.onnx": "", "2/model.onnx": "" },
    options: { name: "iris" },
    models: ["iris: 2=2/model.onnx 1=1/model.onnx"],
  },
  {
    what: "the folder of one model under the name of its settings",
    tree: { "1/model.onnx": "", "config.pbtxt": 'name: "iris"' },
    models: ["iris: 1=1/model.onnx"],
  },
  {
    what: "one file under another name",
    tree: { "model.onnx": "", "labels.txt": "" },
    options: { name: "iris" },
    models: ["iris: 1=model.onnx"],
  },
  {
    what: "the only model of a repository under another name",
    tree: { "resnet/1/model.onnx": "", "resnet/config.pbtxt": 'name: "resnet"', "docs/": "" },
    options: { name: "iris" },
    models: ["iris: 1=resnet/1/model.onnx"],
    warnings: [/docs has no model: it is empty/],
  },
  {
    what: "several models under their own names",
    tree: { "a/1/model.onnx": "", "b/1/model.onnx": "" },
    options: { name: "iris" },
    models: ["a: 1=a/1/model.onnx", "b: 1=b/1/model.onnx"],
  },
  {
    what: "a model with a number as its name",
    tree: { "7/1/model.onnx": "", "8/1/model.onnx": "" },
    models: ["7: 1=7/1/model.onnx", "8: 1=8/1/model.onnx"],
  },
  {
    what: "no versions with zeros in front, and no other folders",
    tree: {
      "a/0/model.onnx": "",
      "a/007/model.onnx": "",
      "a/3/model.onnx": "",
      "a/old/m.onnx": "",
    },
    models: ["a: 3=a/3/model.onnx"],
    warnings: [/^Model a: the folder 0 is no version/, /^Model a: the folder 007 is no version/],
  },
  {
    what: "versions before a file beside them",
    tree: { "a/1/model.onnx": "", "a/model.onnx": "" },
    models: ["a: 1=a/1/model.onnx"],
    warnings: [/^Model a: model.onnx is not served, since it is beside the folders of versions$/],
  },
  {
    what: "the other versions of one that is broken",
    tree: { "a/1/model.onnx": "", "a/2/": "" },
    models: ["a: 1=a/1/model.onnx"],
    warnings: [/^Model a: version 2: there is no model.onnx$/],
  },
  {
    what: "broken models with the reason",
    tree: {
      "bad/1/model.onnx": "",
      "bad/config.yaml": "batchin: {}",
      "gone/1/": "",
      "none/config.pbtxt": "",
      "other/1/model.onnx": "",
      "other/config.pbtxt": 'name: "another"',
      "torch/1/model.pt": "",
      "torch/config.pbtxt": 'platform: "pytorch_libtorch"',
      "two/1/a.onnx": "",
      "two/1/b.onnx": "",
      "version/1/model.onnx": "",
      "version/config.yaml": "versions: [1, 2]",
      "works/1/model.onnx": "",
    },
    models: [
      'bad! config.yaml: There is no key "batchin": did you mean "batching"?',
      "gone! version 1: there is no model.onnx",
      "none! there is no model.onnx",
      'other! config.pbtxt: "name" must be the name of its folder, "other", but was "another"',
      'torch! config.pbtxt: "platform" must be "onnxruntime_onnx", but was "pytorch_libtorch"',
      "two! version 1: there are several models (a.onnx, b.onnx): one must be named model.onnx",
      "version! Version 2 is to be served, but there is no version 2: there is 1",
      "works: 1=works/1/model.onnx",
    ],
  },
  {
    what: "a folder and a file of one name once",
    tree: { "a/1/model.onnx": "", "a.onnx": "" },
    models: ["a: 1=a/1/model.onnx"],
    warnings: [/^There are several models "a"/],
  },
  {
    what: "no folders without models, hidden ones or those that are too deep",
    tree: {
      ".git/1/model.onnx": "",
      "lost+found/": "",
      "deep/a/1/model.onnx": "",
      "docs/index.md": "",
      "a.onnx": "",
      "b.onnx": "",
    },
    models: ["a: 1=a.onnx", "b: 1=b.onnx"],
    warnings: [
      /deep has no model: its folder a looks like one, but models are not looked for so deep$/,
      /docs has no model: it has neither model.onnx nor the folder of a version, such as 1$/,
    ],
  },
  { what: "nothing in an empty folder", tree: {}, models: [] },
  {
    what: "links, as those of Kubernetes",
    tree: {
      "..2026/a/1/model.onnx": "",
      "..2026/b.onnx": "",
      "..data": "-> ..2026",
      a: "-> ..data/a",
      "b.onnx": "-> ..data/b.onnx",
    },
    models: ["a: 1=a/1/model.onnx", "b: 1=b.onnx"],
  },
  {
    what: "no links in circles or to nowhere",
    tree: {
      "a.onnx": "",
      "b/1/model.onnx": "",
      "b/2": "-> .",
      gone: "-> nowhere",
      loop: "-> loop",
      self: "-> .",
    },
    models: ["b: 1=b/1/model.onnx", "self: 1=self/a.onnx", "a: 1=a.onnx"],
    warnings: [/gone is neither a file/, /loop is neither a file/, /^Model b: version 2: /],
  },
];

for (const { what, tree, models, warnings = [], options = {} } of listed) {
  test(`FolderCatalog lists ${what}`, async () => {
    using folder = folderOf(tree);
    const warned: string[] = [];
    const warn = (message: string): void => void warned.push(message);
    const catalog = new FolderCatalog(folder.path, { ...options, warn });
    assert.deepEqual(shownIn(folder.path, await catalog.list()), models);
    assert.equal(warned.length, warnings.length, warned.join("\n"));
    for (const warning of warnings)
      assert.ok(
        warned.some((each) => warning.test(each)),
        `${warning}`,
      );
    // Nothing is said a second time, as by a watch.
    await catalog.list();
    assert.equal(warned.length, warnings.length);
  });
}
