import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { choosePaths, matcher } from "../../src/models/hub/choose.ts";
import { hubSettings } from "../../src/models/hub/hub-settings.ts";
import { hubName, parseHubSource } from "../../src/models/hub/hub-source.ts";
import { isTag } from "../../src/models/tag.ts";
import { COMMIT } from "./loopback-hub.ts";
import { temporaryStore } from "./temporary-store.ts";

test("parseHubSource() reads a repository, a revision and a path", () => {
  const rows: readonly [string, string, string, string | undefined][] = [
    ["hf:Xenova/all-MiniLM-L6-v2", "Xenova/all-MiniLM-L6-v2", "main", undefined],
    ["hf://o/r", "o/r", "main", undefined],
    ["HF:o/r@v1.0", "o/r", "v1.0", undefined],
    ["hf:o/r/onnx/model.onnx", "o/r", "main", "onnx/model.onnx"],
    [`hf:o/r@${COMMIT.toUpperCase()}/m.onnx`, "o/r", COMMIT, "m.onnx"],
    ["hf:o/r@refs/pr/12/m.onnx", "o/r", "refs/pr/12", "m.onnx"],
    ["hf:o/r@feature%2Fx/m.onnx", "o/r", "feature/x", "m.onnx"],
    ["hf:gpt2", "gpt2", "main", undefined],
    ["hf:gpt2@dev", "gpt2", "dev", undefined],
  ];
  for (const [text, repo, revision, path] of rows) {
    assert.deepEqual(parseHubSource(text), { repo, revision, path }, text);
  }
});

test("parseHubSource() refuses what is not a repository", () => {
  const wrong = ["hf:", "hf:o/", "hf:/r", "hf:../r", "hf:o/..", "hf:o/r@", "hf:o/r@../x"];
  const paths = ["hf:o/r/", "hf:o/r/../x", "hf:o/r/a//b", "hf:o/r/a\\b", "hf:o/r@%zz", "hf:o r/x"];
  const others = ["hf:o/r@a%20b", "hf:o--x/r", "hf:o/r@..%2f..", "o/r", "hf:.o/r", "hf:o/r-"];
  for (const text of [...wrong, ...paths, ...others]) {
    assert.throws(() => parseHubSource(text), { code: "invalid_argument" }, text);
  }
});

test("hubName() is a valid name, and one for each repository", () => {
  assert.equal(hubName("Owner/My.Model_v2"), "owner--my.model_v2");
  const repos = ["o/r", "o/_r", "_o/r", "o/r_", `o/${"x".repeat(90)}`, `o/${"x".repeat(89)}y`];
  const names = repos.map(hubName);
  assert.equal(new Set(names).size, repos.length);
  for (const name of names) assert.ok(isTag(name), name);
});

test("matcher() matches as the hub's own tools do, in linear time", () => {
  const rows: readonly [string, string, boolean][] = [
    ["*.onnx", "onnx/model.onnx", true],
    ["onnx/*", "onnx/a/b.bin", true],
    ["onnx/", "onnx/model.onnx", true],
    ["model?.onnx", "model1.onnx", true],
    ["model?.onnx", "model.onnx", false],
    ["*", "x", true],
    ["*a*b*c", "xaxbxc", true],
    ["*a*b*c", "xaxcxb", false],
    ["Model.onnx", "model.onnx", false],
    ["a.onnx", "a_onnx", false],
  ];
  for (const [pattern, path, is] of rows) {
    assert.equal(matcher([pattern])(path), is, `${pattern} ${path}`);
  }
  assert.equal(matcher([`${"*a".repeat(500)}b`])("a".repeat(1000)), false);
});

test("choosePaths() takes a folder with one model, and leaves out what is excluded", () => {
  const paths = ["a/model.onnx", "b/x.onnx", "b/y.onnx", "c.txt"];
  const choose = (path: string | undefined, include?: string[], exclude?: string[]): string[] =>
    choosePaths(paths, path, { include, exclude }, "hf:o/r");
  assert.deepEqual(choose("a"), ["a/model.onnx"]);
  assert.deepEqual(choose("a/"), ["a/model.onnx"]);
  assert.deepEqual(choose("c.txt"), ["c.txt"]);
  assert.deepEqual(choose("a", ["c.txt"]), ["a/model.onnx", "c.txt"]);
  assert.deepEqual(choose(undefined, ["*"], ["b/*"]), ["a/model.onnx", "c.txt"]);
  assert.throws(() => choose("b"), /hf:o\/r\/b has several models: name one of b\/x\.onnx, b\/y/);
  assert.throws(() => choose(undefined, undefined, ["*.onnx"]), { code: "not_found" });
});

test("hubSettings() reads the variables of the hub's own tools", () => {
  using at = temporaryStore();
  const HF_HOME = join(at.folder, "hf");
  mkdirSync(HF_HOME);
  writeFileSync(join(HF_HOME, "token"), "hf_file\n");
  const none = { HF_HOME: at.folder };
  assert.deepEqual(hubSettings(none), {
    endpoint: "https://huggingface.co",
    token: undefined,
    isOffline: false,
    stallMs: 10_000,
  });
  const settings = hubSettings({
    HF_ENDPOINT: "http://127.0.0.1:8080/hub/",
    HF_TOKEN: " hf_x\n",
    HF_HUB_OFFLINE: "yes",
    HF_HUB_DOWNLOAD_TIMEOUT: "2.5",
  });
  const all = { endpoint: "http://127.0.0.1:8080/hub", token: "hf_x", isOffline: true };
  assert.deepEqual(settings, { ...all, stallMs: 2500 });
  assert.equal(hubSettings({ HF_HOME }).token, "hf_file");
  assert.equal(hubSettings({ HF_TOKEN_PATH: join(HF_HOME, "token") }).token, "hf_file");
  assert.equal(hubSettings({ HF_HOME, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token, undefined);
  for (const wrong of [
    { HF_ENDPOINT: "ftp://x" },
    { HF_ENDPOINT: "nowhere" },
    { HF_HUB_DOWNLOAD_TIMEOUT: "soon" },
    { HF_TOKEN: "a\nb: c" },
  ]) {
    assert.throws(() => hubSettings({ ...none, ...wrong }), { code: "invalid_argument" });
  }
});
