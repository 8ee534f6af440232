import assert from "node:assert/strict";
import { test } from "node:test";
import { checkVersion, isTag, nameLike, newVersion, parseTag } from "../../src/models/tag.ts";

test("parseTag() reads a name, and a version unless the latest is meant", () => {
  const rows: readonly [string, string, string | undefined][] = [
    ["mnist_cnn", "mnist_cnn", undefined],
    ["mnist_cnn:latest", "mnist_cnn", undefined],
    ["mnist_cnn:LATEST", "mnist_cnn", undefined],
    ["MNIST:V1", "mnist", "v1"],
    ["a--b:0.1.0-rc.1_x", "a--b", "0.1.0-rc.1_x"],
    [`${"n".repeat(63)}:${"v".repeat(63)}`, "n".repeat(63), "v".repeat(63)],
  ];
  for (const [tag, name, version] of rows) assert.deepEqual(parseTag(tag), { name, version });
});

test("parseTag() refuses what would not be a folder of its own", () => {
  const wrong = [
    "",
    ":",
    "name:",
    ":v1",
    "a:b:c",
    "..",
    ".",
    "../x",
    "a/b",
    "a\\b",
    "a b",
    "-a",
    "a-",
    "a\0",
    "ä",
    "n".repeat(64),
    "a:..",
    "a:../../etc",
  ];
  for (const tag of wrong) {
    assert.throws(() => parseTag(tag), { code: "invalid_argument" }, JSON.stringify(tag));
    assert.equal(isTag(tag), false, JSON.stringify(tag));
  }
  assert.throws(() => checkVersion("Latest"), /stands for the newest one/);
});

test("newVersion() makes versions like BentoML's, all different", () => {
  const versions = new Set(Array.from({ length: 1000 }, newVersion));
  assert.equal(versions.size, 1000);
  for (const version of versions) assert.match(version, /^[a-z2-7]{16}$/);
});

test("nameLike() makes a valid name of any text", () => {
  const rows: readonly [string, string][] = [
    ["MNIST CNN (v2)", "mnist-cnn-v2"],
    ["..", "model"],
    ["", "model"],
    ["…", "model"],
    ["_private_", "private"],
    [`${"x".repeat(62)}-y`, "x".repeat(62)],
  ];
  for (const [text, name] of rows) {
    assert.equal(nameLike(text), name);
    assert.ok(isTag(name));
  }
});
