import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { importModel } from "../../src/models/import.ts";
import { newOwner } from "../../src/models/owner.ts";
import type { StoredModel } from "../../src/models/stored-model.ts";
import { MNIST, type TemporaryStore, temporaryStore } from "./temporary-store.ts";

const SHA256 = "4c436aa7cf8b71af19fb18b2358718345cce17e8a62b9a0e721ce5a6c3e35ba0";

test("importModel() keeps a model with its hash, its tensors and its labels", async () => {
  using at = temporaryStore();
  const labels = { stage: "test", team: "a=b" };
  const model = await importModel(at.store, MNIST, { name: "MNIST_cnn", labels, license: "mit" });
  assert.match(model.tag, /^mnist_cnn:[a-z2-7]{16}$/);
  const found = at.store.get("mnist_cnn");
  assert.deepEqual({ ...found.info }, { ...model.info });
  assert.deepEqual(found.info.files, [{ path: "mnist-cnn.onnx", size: 227_777, sha256: SHA256 }]);
  const line = `${SHA256}  mnist-cnn.onnx\n`;
  assert.equal(found.info.digest, `sha256:${createHash("sha256").update(line).digest("hex")}`);
  assert.deepEqual([found.info.labels, found.info.license], [labels, "mit"]);
  assert.deepEqual(found.info.signatures["run"]?.inputs, [
    { name: "image", dtype: "float32", shape: ["batch", 1, 28, 28] },
  ]);
  assert.equal(found.info.signatures["run"]?.batchable, true);
  assert.deepEqual(readFileSync(found.file()), readFileSync(MNIST));
  assert.equal(
    found.url().href,
    `file://${at.home}/models/mnist_cnn/${model.version}/mnist-cnn.onnx`,
  );
  assert.deepEqual(readdirSync(join(at.home, "tmp")), [], "nothing is left over");
});

/** What BentoML 1.1 writes beside a model of `bentoml.onnx`, as `saved_model.onnx`. */
const BENTOML_MODEL = `name: mnist_cnn
version: 2bfqwrsl7k
module: bentoml.onnx
labels:
  stage: test
options: {}
metadata: {}
context:
  framework_name: onnx
  framework_versions:
    onnx: 1.14.0
  bentoml_version: 1.1.11
  python_version: 3.10.1
signatures:
  run:
    batchable: true
    batch_dim:
    - 0
    - 0
api_version: v2
creation_time: '2023-07-01T10:00:00.000000+00:00'
`;

test("importModel() keeps the tag, the labels and the time of a model of BentoML", async () => {
  using at = temporaryStore();
  const from = join(at.folder, "2bfqwrsl7k");
  mkdirSync(from);
  writeFileSync(join(from, "model.yaml"), BENTOML_MODEL);
  writeFileSync(join(from, "saved_model.onnx"), readFileSync(MNIST));
  const { tag, info } = await importModel(at.store, from);
  assert.equal(tag, "mnist_cnn:2bfqwrsl7k");
  assert.deepEqual(info.labels, { stage: "test" });
  assert.equal(new Date(info.creationTime).toISOString(), "2023-07-01T10:00:00.000Z");
  assert.deepEqual(info.files, [{ path: "saved_model.onnx", size: 227_777, sha256: SHA256 }]);
});

async function three(at: TemporaryStore): Promise<readonly StoredModel[]> {
  const models = [];
  for (const version of ["v1", "v2", "other"]) {
    models.push(await importModel(at.store, MNIST, { name: "m", version }));
  }
  return models;
}

test("get() finds the newest, a version, and the only one that begins so", async () => {
  using at = temporaryStore();
  await three(at);
  assert.equal(at.store.get("m").version, "other");
  assert.equal(at.store.get("m:latest").version, "other");
  assert.equal(at.store.get("m:v1").version, "v1");
  assert.equal(at.store.get("m:oth").version, "other");
  assert.throws(() => at.store.get("m:v"), { code: "not_found", message: /more than one/ });
  assert.throws(() => at.store.get("m:x"), {
    code: "not_found",
    message: /has v1, v2, other|has /,
  });
  assert.throws(() => at.store.get("n"), { code: "not_found", message: /no model n: .* has m$/ });
  assert.equal(readFileSync(join(at.home, "models/m/latest"), "utf8"), "other");
});

test("list() has the newest version of each first, and filters by name or tag", async () => {
  using at = temporaryStore();
  await three(at);
  await importModel(at.store, MNIST, { name: "a", version: "1" });
  const tags = (filter?: string): string[] => at.store.list(filter).map(({ tag }) => tag);
  assert.deepEqual(tags(), ["a:1", "m:other", "m:v2", "m:v1"]);
  assert.deepEqual(tags("m:v"), ["m:v2", "m:v1"]);
  assert.deepEqual(tags("m:latest"), ["m:other"]);
  assert.deepEqual(tags("x"), []);
});

test("delete() removes a version as a whole, and then the older one is the newest", async () => {
  using at = temporaryStore();
  const [one, two, other] = await three(at);
  assert.ok(one && two && other);
  await at.store.delete(other);
  assert.equal(at.store.get("m").version, "v2");
  assert.equal(readFileSync(join(at.home, "models/m/latest"), "utf8"), "v2");
  await assert.rejects(at.store.delete(other), { code: "not_found" });
  for (const each of [one, two]) await at.store.delete(each);
  assert.equal(existsSync(join(at.home, "models/m")), false);
  assert.throws(() => at.store.get("m"), /the store .* is empty/);
});

test("a version is never overwritten, and of two at once one is added", async () => {
  using at = temporaryStore();
  const both = await Promise.allSettled(
    [1, 2].map(() => importModel(at.store, MNIST, { name: "m", version: "1" })),
  );
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const again = importModel(at.store, MNIST, { name: "m", version: "1" });
  await assert.rejects(again, { code: "already_exists", message: /m:1 already/ });
  assert.deepEqual(readdirSync(join(at.home, "tmp")), []);
});

test("what a process that has ended left over is removed, that of another is not", async () => {
  using at = temporaryStore();
  const staging = join(at.home, "tmp");
  const [host = "", , ...id] = newOwner().split("-");
  const own = newOwner();
  const before = new Date(performance.timeOrigin - 60_000);
  const names = {
    ended: `${host}-999999999-${id.join("-")}`,
    // In a container, each process has the number 1.
    sameNumber: [host, process.pid, crypto.randomUUID()].join("-"),
    elsewhere: `${"0".repeat(12)}-1-${id.join("-")}`,
    old: `${"0".repeat(12)}-2-${id.join("-")}`,
    own,
  };
  for (const name of Object.values(names)) mkdirSync(join(staging, name), { recursive: true });
  utimesSync(join(staging, names.sameNumber), before, before);
  const lastWeek = new Date(Date.now() - 7 * 86_400_000);
  utimesSync(join(staging, names.old), lastWeek, lastWeek);
  await importModel(at.store, MNIST, { name: "m" });
  assert.deepEqual(readdirSync(staging).sort(), [names.elsewhere, own].sort(), hostname());
});

test("list() tells of a version whose model.yaml is broken; latest is another then", async () => {
  using at = temporaryStore();
  await three(at);
  const file = join(at.home, "models/m/other/model.yaml");
  for (const text of ["{", "a: 1", "name: m", "name: m\nversion: 1\n", "&a [*a]"]) {
    writeFileSync(file, text);
    const errors: unknown[] = [];
    const found = at.store.list("m", (error) => errors.push(error));
    assert.deepEqual(
      found.map(({ version }) => version),
      ["v2", "v1"],
    );
    assert.match(String(errors), /Cannot read .*other\/model\.yaml: /);
    assert.equal(at.store.get("m").version, "v2");
    assert.throws(() => at.store.get("m:other"), /Cannot read/);
  }
  writeFileSync(file, "x".repeat(1_000_000));
  assert.throws(() => at.store.get("m:other"), /larger than/);
});

test("a read-only store is read", { skip: process.getuid?.() === 0 }, async () => {
  using at = temporaryStore();
  await three(at);
  chmodSync(at.home, 0o500);
  try {
    assert.equal(at.store.get("m").version, "other");
  } finally {
    chmodSync(at.home, 0o700);
  }
});

test("importModel() takes a folder, but no links that lead out of it", async () => {
  using at = temporaryStore();
  const folder = join(at.folder, "My Model");
  mkdirSync(join(folder, "onnx"), { recursive: true });
  mkdirSync(join(folder, ".git"));
  writeFileSync(join(folder, ".git/config"), "secret");
  writeFileSync(join(folder, "onnx/model.onnx"), readFileSync(MNIST));
  writeFileSync(join(folder, "labels.txt"), "0\n1\n");
  symlinkSync("onnx/model.onnx", join(folder, "link.bin"));
  const model = await importModel(at.store, folder);
  assert.equal(model.name, "my-model");
  const paths = ["labels.txt", "link.bin", "onnx/model.onnx"];
  assert.deepEqual(
    model.info.files.map(({ path }) => path),
    paths,
  );
  assert.equal(model.file(), join(model.path, "onnx/model.onnx"));
  symlinkSync("/etc/hostname", join(folder, "outside.txt"));
  await assert.rejects(importModel(at.store, folder), /is a link to \/etc\/hostname, which is not/);
  rmSync(join(folder, "outside.txt"));
  symlinkSync("..", join(folder, "up"));
  await assert.rejects(importModel(at.store, folder), { code: "invalid_argument" });
  assert.equal(at.store.list().length, 1);
});

test("importModel() refuses what is not a model", async () => {
  using at = temporaryStore();
  const rows: readonly [string, string | undefined, RegExp][] = [
    ["page.onnx", "<!doctype html>", /page\.onnx is not a model in ONNX's format/],
    ["empty.onnx", "", /not a model/],
    ["model.pt", "PK", /must be a model \(\.onnx\), a folder, or an archive/],
    ["none.onnx", undefined, /There is no file/],
  ];
  for (const [name, content, message] of rows) {
    const path = join(at.folder, name);
    if (content !== undefined) writeFileSync(path, content);
    await assert.rejects(importModel(at.store, path), { message });
  }
  mkdirSync(join(at.folder, "nothing"));
  await assert.rejects(importModel(at.store, join(at.folder, "nothing")), /has no files/);
  assert.deepEqual(at.store.list(), []);
});
