import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type ModelFiles, modelFiles } from "../../src/repository/model-files.ts";
import { planOf } from "../../src/repository/model-plan.ts";
import type { Catalog } from "../../src/repository/model-settings.ts";
import { OneModel } from "../../src/repository/one-model.ts";
import { Repository } from "../../src/repository/repository.ts";
import { modelPath } from "../onnx/models/index.ts";
import { seriesOf } from "../support/exposition.ts";
import { FakeCatalog, opened, run, two } from "./fake-catalog.ts";

test("Repository makes one of the loads of a model that wait for their turn", async () => {
  const catalog = new FakeCatalog();
  catalog.put("a", "1", "unnamed");
  await using fixture = await opened(catalog);
  const { models } = fixture;
  const first = models.find("a");
  const looks = catalog.asked.length;
  catalog.put("a", "1", "noshape");
  const looked = Promise.withResolvers<void>();
  catalog.gate = looked.promise;
  const loads = Array.from({ length: 10 }, () => models.load("a"));
  await Promise.resolve();
  looked.resolve();
  await Promise.all(loads);
  assert.ok(catalog.asked.length - looks <= 2, `${catalog.asked.length - looks} looks`);
  assert.notEqual(models.find("a"), first);
});

test("Repository runs loads and unloads of a model in their order", async () => {
  const catalog = new FakeCatalog();
  catalog.put("a", "1", "unnamed");
  await using fixture = await opened(catalog);
  const { models } = fixture;
  catalog.put("a", "1", "noshape");
  await Promise.all([models.load("a"), models.unload("a")]);
  assert.deepEqual(models.names, [], "unloaded after the load under way");
  await Promise.all([models.unload("a"), models.load("a"), models.unload("a"), models.load("a")]);
  assert.deepEqual(await run(models, "a"), ["1", 2, 4]);
  const many = await Promise.allSettled(
    Array.from({ length: 40 }, () => models.load("a", { config: "{}" })),
  );
  const refused = many.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  assert.ok(refused.length > 0 && refused.length < 40);
  for (const { code } of refused) assert.equal(code, "resource_exhausted");
  assert.deepEqual(await run(models, "a"), ["1", 2, 4]);
});

test("Repository allocates no shared memory for the only worker of a model", async () => {
  const Shared = globalThis.SharedArrayBuffer;
  const lengths: number[] = [];
  globalThis.SharedArrayBuffer = class extends Shared {
    constructor(length?: number, options?: { maxByteLength?: number }) {
      lengths.push(length ?? 0);
      super(length ?? 0, options);
    }
  };
  try {
    const catalog = new FakeCatalog();
    catalog.put("a", "1", "unnamed", { workers: 1 });
    catalog.put("b", "1", "unnamed", { workers: 2 });
    const batchingOf = () => ({ choice: "auto", overridesOff: false }) as const;
    await using fixture = await opened(catalog, { batchingOf });
    const { models } = fixture;
    for (const name of ["a", "b"]) assert.deepEqual(await run(models, name), ["1", 2, 4]);
    const large = lengths.filter((length) => length > 1024);
    assert.equal(large.length, 1, `for the two workers of b: ${lengths}`);
  } finally {
    globalThis.SharedArrayBuffer = Shared;
  }
});

test("Repository can be closed during a load, and started again", async () => {
  const catalog = new FakeCatalog();
  for (const name of ["a", "b", "c"]) catalog.put(name, "1", "unnamed");
  const { models } = await opened(catalog, { loadsAtOnce: 1 });
  for (const name of ["a", "b", "c"]) catalog.put(name, "2", "noshape");
  const loads = ["a", "b", "c"].map((name) => models.load(name));
  const ended = Promise.allSettled(loads);
  await Promise.resolve();
  await models.close();
  for (const end of await ended) {
    assert.equal(end.status, "rejected");
    if (end.status === "rejected") assert.equal(end.reason.code, "unavailable", end.reason);
  }
  assert.equal(models.ready, false);
  assert.throws(() => models.find("a"), { code: "not_found" });
  await models.start();
  assert.deepEqual(await run(models, "c"), ["2", 2, 4]);
  await models.close();

  const batchingOf = () => ({ choice: "on", overridesOff: false }) as const;
  const early = new Repository({ catalog, batchingOf });
  const start = early.start();
  const failed = assert.rejects(start, /shuts down|shutting down|were closed/);
  await early.close();
  await failed;
  assert.deepEqual(early.runners, []);
});

test("Repository loads a model with settings and files of the caller", async () => {
  const catalog = new FakeCatalog();
  catalog.put("a", "1", "does-not-exist");
  catalog.put("a", "2", "unnamed");
  const folders: string[] = [];
  const files: ModelFiles = {
    ...modelFiles,
    async write(given) {
      const folder = await modelFiles.write(given);
      folders.push(fileURLToPath(folder.urlOf(folder.paths[0] ?? "")));
      return folder;
    },
  };
  await using fixture = await opened(catalog, { files });
  const { models } = fixture;
  await models.load("a", { config: '{"classLabels":{"y":["one","two"]}}' });
  assert.deepEqual(models.find("a").classLabels, { y: ["one", "two"] });
  const bytes = readFileSync(modelPath("noshape"));
  const sent = new Map<string, Uint8Array>([["7/model.onnx", bytes]]);
  await models.load("a", { config: "{}", files: sent });
  assert.deepEqual(models.versionsOf("a"), ["7"]);
  assert.deepEqual(await run(models, "a"), ["7", 2, 4]);
  assert.deepEqual(folders.map(existsSync), [true]);
  const broken = new Map<string, Uint8Array>([["8/model.onnx", new Uint8Array(100)]]);
  await assert.rejects(models.load("a", { files: broken }), { code: "failed_precondition" });
  assert.deepEqual(folders.map(existsSync), [true, false]);
  assert.deepEqual(await run(models, "a"), ["7", 2, 4]);
  const without = new Map([["config.pbtxt", new Uint8Array(1)]]);
  await assert.rejects(models.load("a", { files: without }), {
    message: /none of its files is <version>\/<name>\.onnx: they are config\.pbtxt/,
  });
  await models.load("a");
  assert.deepEqual(await run(models, "a"), ["2", 2, 4]);
  assert.deepEqual(folders.map(existsSync), [false, false, false], "removed");
  for (const path of [
    "../a.onnx",
    "/a.onnx",
    "1/../../a.onnx",
    "",
    "a//b",
    "1\\a.onnx",
    ".",
    "a/",
  ]) {
    const wrong = models.load("a", { files: new Map([[path, bytes]]) });
    await assert.rejects(wrong, { code: "invalid_argument", message: /must lead into the model/ });
  }
  const many = new Map(Array.from({ length: 65 }, (_, at) => [`1/${at}`, bytes] as const));
  await assert.rejects(models.load("a", { files: many }), { code: "payload_too_large" });
  const long = models.load("a", { config: " ".repeat(2 << 20) });
  await assert.rejects(long, { code: "payload_too_large" });
  await assert.rejects(models.load("a", { config: "{" }), { code: "failed_precondition" });
  assert.deepEqual(await run(models, "a"), ["2", 2, 4]);
});

test("Repository has statistics that outlive a load, and series that do not add up", async () => {
  const catalog = new FakeCatalog();
  catalog.put("a", "1", "unnamed");
  await using fixture = await opened(catalog);
  const { models, registry } = fixture;
  const round = async (): Promise<readonly string[]> => {
    await Promise.all([run(models, "a"), run(models, "a"), run(models, "a")]);
    catalog.put("a", "1", "unnamed");
    await models.load("a");
    await run(models, "a");
    return await seriesOf(registry);
  };
  const before = await round();
  const after = await round();
  assert.deepEqual(after, before);
  const { statistics } = models.find("a");
  assert.equal(statistics.calls.success.count, 8);
  assert.equal(statistics.inferenceCount, 8);
  assert.ok(statistics.executionCount <= 8);
  const loads = { model: "a", version: "1", result: "success" };
  assert.equal(registry.value("ekiben_model_loads_total", loads), 3);
  await models.unload("a");
  const gone = before.filter((each) => !after.includes(each));
  assert.deepEqual(gone, []);
  const left = await seriesOf(registry);
  assert.deepEqual(
    left.filter((each) => /^(ekiben_model_(ready|info)|ekiben_(workers|queue_depth))\{/.test(each)),
    [],
  );
  await models.load("a");
  assert.equal(models.find("a").statistics, statistics);
  using use = await models.use("a", undefined, {});
  await assert.rejects(use.model.run({}), { code: "invalid_argument" });
  assert.equal(statistics.calls.fail.count, 1);
  await use.model.run({ x: two(1, 2) }, {}, ["y"]);
});

test("Repository gives the runners of models with like names other names", async () => {
  const catalog = new FakeCatalog();
  for (const name of ["a b", "a-b", "A B", "ä", "ö", "a".repeat(80), `${"a".repeat(80)}b`]) {
    catalog.put(name, "1", "unnamed");
  }
  await using fixture = await opened(catalog);
  const { models } = fixture;
  const names = models.runners.map(({ name }) => name);
  assert.deepEqual(names.slice(0, 5), ["a-b", "a-b-2", "a-b-3", "model", "model-2"]);
  assert.equal(new Set(names).size, 7);
  for (const name of models.names) assert.deepEqual(await run(models, name), ["1", 2, 4]);
});

test("Repository loads a model anew whose file has changed, or cannot be looked at", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ekiben-stamps-"));
  const path = join(folder, "model.onnx");
  copyFileSync(modelPath("unnamed"), path);
  const stamp = () => modelFiles.stampOf({ version: "1", url: pathToFileURL(path) });
  const batchingOf = () => ({ choice: "on", overridesOff: false }) as const;
  const models = new Repository({ catalog: new OneModel("a", pathToFileURL(path)), batchingOf });
  await models.start();
  try {
    const [first, before] = [models.find("a"), await stamp()];
    await models.load("a");
    assert.equal(models.find("a"), first);
    writeFileSync(`${path}.data`, "weights");
    assert.notEqual(await stamp(), before, "it has files of weights");
    copyFileSync(modelPath("noshape"), path);
    await models.load("a");
    assert.notEqual(models.find("a"), first);
    assert.deepEqual(await run(models, "a"), ["1", 2, 4]);
  } finally {
    await models.close();
    rmSync(folder, { recursive: true });
  }
  assert.equal(await stamp(), "");
  const far = { version: "1", url: new URL("https://example.com/model.onnx") };
  assert.equal(await modelFiles.stampOf(far), "");
  const catalog: Catalog = {
    place: "far",
    list: async () => [],
    find: async (name) => ({ name, settings: {}, versions: [far] }),
  };
  const [one, other] = [
    await planOf("a", catalog, modelFiles),
    await planOf("a", catalog, modelFiles),
  ];
  assert.notEqual(one.served[0]?.fingerprint, other.served[0]?.fingerprint);
});
