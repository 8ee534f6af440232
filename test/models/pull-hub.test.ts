import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { HubPull } from "../../src/models/pull-hub.ts";
import { model, NAME, Setup, tokenizer } from "./hub-setup.ts";
import { COMMIT, type Fault, REPO, sha256 } from "./loopback-hub.ts";

test("pullHub() fetches the only model, and nothing else", async () => {
  await using setup = await Setup.open();
  const { model: pulled, paths } = await setup.pull(`hf:${REPO}`);
  assert.equal(pulled.tag, `${NAME}:${COMMIT}`);
  assert.deepEqual(paths, ["onnx/model.onnx"]);
  const { files, source, license } = pulled.info;
  assert.deepEqual(files, [{ path: "onnx/model.onnx", size: model.length, sha256: sha256(model) }]);
  assert.deepEqual([source, license], [`hf:${REPO}@${COMMIT}`, "apache-2.0"]);
  assert.deepEqual(readFileSync(pulled.file()), model);
  assert.deepEqual(
    setup.hub.seen.map(({ path }) => path),
    [
      `/api/models/${REPO}/revision/main`,
      `/${REPO}/resolve/${COMMIT}/onnx/model.onnx`,
      "/blobs/onnx/model.onnx",
    ],
  );
  assert.deepEqual(readdirSync(join(setup.at.home, "downloads")), []);
});

test("a token goes to the hub, and not to the server that it redirects to", async () => {
  await using setup = await Setup.open();
  await setup.pull(`hf:${REPO}`, { token: "hf_secret" });
  const sent = setup.hub.seen.map(({ server, authorization }) => [server, authorization]);
  assert.deepEqual(sent, [
    ["hub", "Bearer hf_secret"],
    ["hub", "Bearer hf_secret"],
    ["cdn", undefined],
  ]);
});

test("what is there is not asked for again: a commit not at all", async () => {
  await using setup = await Setup.open();
  await setup.pull(`hf:${REPO}`);
  const before = setup.hub.seen.length;
  await setup.pull(`hf:${REPO}@${COMMIT}/onnx/model.onnx`);
  await setup.pull(`hf:${REPO}`, { asksAgain: false });
  await setup.pull(`hf:${REPO}`, { isOffline: true });
  assert.equal(setup.hub.seen.length, before);
  await setup.pull(`hf:${REPO}`);
  assert.equal(setup.hub.seen.length, before + 1);
  // The hub is down.
  setup.hub.listFaults.push(...Array<Fault>(10).fill({ status: 503 }));
  const { model: found } = await setup.pull(`hf:${REPO}`);
  assert.equal(found.version, COMMIT);
  assert.match(setup.notes.join("\n"), /answered 503.* Taking main as it was/);
});

test("a branch that has moved is another version", async () => {
  await using setup = await Setup.open();
  await setup.pull(`hf:${REPO}`);
  setup.hub.commit = COMMIT.replace("0", "f");
  const { model: second } = await setup.pull(`hf:${REPO}`);
  assert.equal(second.version, setup.hub.commit);
  assert.equal(setup.at.store.get(NAME).version, setup.hub.commit);
  assert.equal(setup.at.store.list().length, 2);
});

test("more files of a commit are added to its version", async () => {
  await using setup = await Setup.open();
  const first = await setup.pull(`hf:${REPO}`);
  const include = ["tokenizer.json", "*.md"];
  const { model: more } = await setup.pull(`hf:${REPO}`, { include });
  const paths = ["README.md", "onnx/model.onnx", "tokenizer.json"];
  assert.deepEqual(
    more.info.files.map(({ path }) => path),
    paths,
  );
  assert.notEqual(more.info.digest, first.model.info.digest);
  assert.deepEqual(readFileSync(more.file("tokenizer.json")), tokenizer);
  const fetched = setup.hub.fetched.filter(({ path }) => path.endsWith("model.onnx"));
  assert.equal(fetched.length, 2, "the model only once, by a redirect");
  assert.deepEqual({ ...setup.at.store.get(NAME).info }, { ...more.info });
});

test("of several models one has to be named", async () => {
  const quantized = { content: model.subarray(0), lfs: true };
  await using setup = await Setup.open({ "onnx/model_int8.onnx": quantized });
  await assert.rejects(setup.pull(`hf:${REPO}`), {
    code: "failed_precondition",
    message: /several models: name one of onnx\/model\.onnx, onnx\/model_int8\.onnx$/,
  });
  assert.equal(setup.hub.fetched.length, 0);
  const { paths } = await setup.pull(`hf:${REPO}/onnx/model_int8.onnx`);
  assert.deepEqual(paths, ["onnx/model_int8.onnx"]);
  await assert.rejects(setup.pull(`hf:${REPO}/none.onnx`), /has no file none\.onnx: it has onnx\//);
  const include = ["nothing*"];
  await assert.rejects(setup.pull(`hf:${REPO}`, { include }), /no file like "nothing\*"/);
  const exclude = ["*int8*"];
  assert.deepEqual((await setup.pull(`hf:${REPO}`, { exclude })).paths, ["onnx/model.onnx"]);
});

test("the weights of a model are fetched with it", async () => {
  const folder = new URL("../onnx/models/", import.meta.url);
  const content = readFileSync(new URL("external.onnx", folder));
  const data = readFileSync(new URL("external.onnx.data", folder));
  const files = { "e/external.onnx": { content }, "e/external.onnx.data": { content: data } };
  await using setup = await Setup.open(files);
  const { model: pulled, paths } = await setup.pull(`hf:${REPO}/e/external.onnx`);
  assert.deepEqual(paths, ["e/external.onnx"]);
  assert.deepEqual(
    pulled.info.files.map(({ path }) => path),
    Object.keys(files),
  );
});

test("paths that lead out of the store, and lists that are none, are refused", async () => {
  const wrong = ["../../evil.onnx", "/etc/evil.onnx", "a/../../evil.onnx", "a\\..\\evil.onnx"];
  for (const path of [
    ...wrong,
    "a//evil.onnx",
    "C:/evil.onnx",
    "evil\0.onnx",
    "model.yaml/../x.onnx",
  ]) {
    await using setup = await Setup.open();
    setup.hub.files.clear();
    setup.hub.files.set(path, { content: model });
    await assert.rejects(setup.pull(`hf:${REPO}`), { code: "invalid_argument" }, path);
    assert.equal(setup.hub.fetched.length, 0);
  }
  await using setup = await Setup.open();
  const { edit } = setup.hub;
  for (const list of [
    "x",
    null,
    { sha: "main", siblings: [] },
    { sha: "../../x", siblings: [] },
    { sha: COMMIT },
    { sha: COMMIT, siblings: [{ rfilename: "model.onnx", lfs: { sha256: "../../x" } }] },
    { sha: COMMIT, siblings: [{ rfilename: "model.onnx", lfs: { oid: "sha256:12" } }] },
  ]) {
    setup.hub.edit = () => list;
    await assert.rejects(setup.pull(`hf:${REPO}`), { code: "failed_precondition" });
  }
  setup.hub.edit = edit;
  setup.hub.files.set("model.yaml", { content: model });
  await assert.rejects(setup.pull(`hf:${REPO}/model.yaml`), { code: "invalid_argument" });
  const { model: all } = await setup.pull(`hf:${REPO}`, { include: ["*"] });
  assert.equal(all.info.files.length, 3, "model.yaml is the store's own");
});

test("a hub that lists no files answers one that is named", async () => {
  await using setup = await Setup.open();
  setup.hub.listFaults.push(...Array<Fault>(9).fill({ status: 404 }));
  const { model: pulled } = await setup.pull(`hf:${REPO}/onnx/model.onnx`);
  assert.equal(pulled.version, COMMIT);
  await assert.rejects(setup.pull(`hf:${REPO}@other`), { code: "not_found" });
  const before = setup.hub.seen.length;
  await setup.pull(`hf:${REPO}@${COMMIT}/onnx/model.onnx`);
  await setup.pull(`hf:${REPO}/onnx/model.onnx`, { asksAgain: false });
  assert.equal(setup.hub.seen.length, before);
  const { model: more } = await setup.pull(`hf:${REPO}@${COMMIT}/tokenizer.json`);
  assert.equal(more.info.files.length, 2);
});

test("offline, what is not there is an error that says why", async () => {
  await using setup = await Setup.open();
  const offline = { code: "unavailable", message: /not in the store, and HF_HUB_OFFLINE/ };
  await assert.rejects(setup.pull(`hf:${REPO}`, { isOffline: true }), offline);
  await setup.pull(`hf:${REPO}`);
  const include = ["tokenizer.json"];
  await assert.rejects(setup.pull(`hf:${REPO}`, { isOffline: true, include }), offline);
});

test("pulls of the same at once fetch it once", async () => {
  await using setup = await Setup.open();
  const pulls: HubPull[] = await Promise.all([1, 2, 3].map(() => setup.pull(`hf:${REPO}`)));
  assert.equal(new Set(pulls.map(({ model: { tag } }) => tag)).size, 1);
  assert.equal(setup.hub.fetched.filter(({ server }) => server === "cdn").length, 1);
});

test("a version of another source is not added to", async () => {
  await using setup = await Setup.open();
  const { store } = setup.at;
  await store.add({ name: "own", version: COMMIT }, async () => []);
  await assert.rejects(setup.pull(`hf:${REPO}`, { name: "own" }), { code: "already_exists" });
});
