/** The repository over HTTP: its index, and models that are loaded and unloaded by request. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silenced } from "../../support/silenced.ts";
import { type Answer, post, rowsOf, send, served } from "./served.ts";

const TWO = { gather: "gather", forest: "skl_rf_strlabels_nozip" };

interface Entry {
  readonly name: string;
  readonly version?: string;
  readonly state: string;
  readonly reason: string;
}

async function index(url: string, body: object = {}): Promise<readonly Entry[]> {
  const { status, json } = await post(`${url}/v2/repository/index`, body);
  assert.equal(status, 200);
  return json as readonly Entry[];
}

test("the index lists the models, and only those that are ready", async () => {
  using _ = silenced();
  await using server = await served({ models: { ...TWO, broken: "nothing-of-this-name" } });
  const entries = await index(server.url);
  const states = entries.map(({ name, state }) => `${name} ${state}`).sort();
  assert.deepEqual(states, ["broken UNAVAILABLE", "forest READY", "gather READY"]);
  assert.notEqual(entries.find(({ name }) => name === "broken")?.reason, "");
  const ready = await index(server.url, { ready: true });
  assert.deepEqual(ready.map(({ name }) => name).sort(), ["forest", "gather"]);
  // tritonclient sends no body at all.
  const empty = await send(`${server.url}/v2/repository/index`, { method: "POST" });
  assert.deepEqual([empty.status, (empty.json as Entry[]).length], [200, 3]);
  for (const body of ["[", "[]", "1", "null", '{"ready":1}', '"x"', "\xff"]) {
    const { status, json } = await send(`${server.url}/v2/repository/index`, {
      method: "POST",
      body: Uint8Array.from(body, (character) => character.charCodeAt(0)),
    });
    assert.deepEqual([status, Object.keys(json as object)], [400, ["error"]], body);
  }
});

test("without control, nothing is loaded or unloaded, and the extension is not there", async () => {
  using _ = silenced();
  await using server = await served({ models: TWO });
  const { extensions } = (await send(`${server.url}/v2`)).json as { extensions: string[] };
  assert.equal(extensions.includes("model_repository"), false);
  for (const action of ["load", "unload"]) {
    const { status, json } = await post(`${server.url}/v2/repository/models/gather/${action}`, {});
    assert.equal(status, 501);
    assert.match(JSON.stringify(json), /--model-control explicit/);
  }
  assert.equal((await post(`${server.url}/v2/models/gather/infer`, rowsOf(1))).status, 200);
});

test("models are unloaded and loaded as KServe's agent does", async () => {
  using _ = silenced();
  await using server = await served({ models: TWO, control: true });
  const { extensions } = (await send(`${server.url}/v2`)).json as { extensions: string[] };
  assert.ok(extensions.includes("model_repository"));
  const act = (name: string, action: string, init: RequestInit = {}): Promise<Answer> =>
    send(`${server.url}/v2/repository/models/${name}/${action}`, { method: "POST", ...init });
  const infer = (): Promise<Answer> => post(`${server.url}/v2/models/gather/infer`, rowsOf(1));
  assert.equal((await infer()).status, 200);
  const unloaded = await act("gather", "unload");
  assert.deepEqual([unloaded.status, unloaded.json], [200, { name: "gather", unload: true }]);
  assert.equal((await infer()).status, 404);
  assert.equal((await send(`${server.url}/v2/models/gather`)).status, 404);
  const loaded = await act("gather", "load");
  assert.deepEqual([loaded.status, loaded.json], [200, { name: "gather", load: true }]);
  assert.equal((await infer()).status, 200);
  // Loaded anew while it serves.
  const [again, meanwhile] = await Promise.all([act("gather", "load", { body: "{}" }), infer()]);
  assert.deepEqual([again.status, meanwhile.status], [200, 200]);
  const unknown = await act("nothing", "load");
  assert.deepEqual([unknown.status, Object.keys(unknown.json as object)], [404, ["error"]]);
  for (const body of [
    "{",
    "[]",
    '{"parameters":1}',
    '{"parameters":{"config":{}}}',
    '{"parameters":{"file:1/model.onnx":"%%"}}',
    '{"parameters":{"file:1/model.onnx":7}}',
  ]) {
    const { status, json } = await act("gather", "load", { body });
    assert.deepEqual([status, Object.keys(json as object)], [400, ["error"]], body);
  }
  assert.equal((await infer()).status, 200);
});
