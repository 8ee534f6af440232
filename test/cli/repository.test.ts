/** Folders of models from the command line, called as clients of Triton and KServe call them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { modelPath } from "../onnx/models/index.ts";
import { addTo, folderOf, type Tree } from "../repository/catalog/folder.ts";
import { logged, type Running, startCli } from "../support/cli.ts";

const doubles = readFileSync(modelPath("unnamed"));

const tree: Tree = {
  "iris/1/model.onnx": doubles,
  "iris/2/model.onnx": doubles,
  "iris/config.yaml": "{ versions: all, labels: { stable: 1 }, class_labels: labels.txt }",
  "iris/labels.txt": "setosa\nvirginica\n",
  "My Model/1/model.onnx": doubles,
  "My Model/config.pbtxt": 'name: "My Model" max_batch_size: 8 # not batched, as in Triton',
  "torch/1/model.pt": "",
  "torch/config.pbtxt": 'platform: "pytorch_libtorch"',
};

async function start(folder: string, ...flags: readonly string[]): Promise<Running> {
  // A repository may have no runner yet.
  return await startCli(["serve", folder, ...flags], {}, /Serving \S+ on (http:\S+)/);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(url: string, body?: unknown): Promise<Answer> {
  const more = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(url, more);
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** Returns the version that answered. */
async function infer(model: string, parameters = {}): Promise<readonly [string, unknown]> {
  const x = { name: "x", datatype: "FP32", shape: [1, 2], data: [3, 4] };
  const outputs = [{ name: "y", parameters }];
  const { status, body } = await call(`${model}/infer`, { inputs: [x], outputs });
  assert.equal(status, 200, JSON.stringify(body));
  const { model_version, outputs: given } = body as {
    readonly model_version: string;
    readonly outputs: readonly { readonly data: unknown }[];
  };
  return [model_version, given[0]?.data];
}

test("ekiben serve serves the models of a folder as their settings say", async () => {
  using folder = folderOf(tree);
  await using server = await start(folder.path);
  const iris = `${server.url}/v2/models/iris`;
  assert.deepEqual(await infer(iris), ["1", [6, 8]]);
  assert.deepEqual(await infer(`${iris}/versions/2`), ["2", [6, 8]]);
  const [, [top]] = (await infer(iris, { classification: 1 })) as [string, [string]];
  assert.match(top, /^8(\.0+)?:1:virginica$/);
  assert.deepEqual(await infer(`${server.url}/v2/models/My%20Model`), ["1", [6, 8]]);
  await logged(server, /Model My Model, version 1 .*: calls run one by one/);
  await logged(server, /Model torch cannot be loaded: config\.pbtxt: "platform" must be/);
  assert.equal((await call(`${server.url}/v2/health/ready`)).status, 200);
  for (const name of ["..%2Firis", "%2E%2E", "iris%2F1", "Iris"]) {
    const { status } = await call(`${server.url}/v2/models/${name}`);
    assert.ok(status === 404 || status === 400, `${name}: ${status}`);
  }
  assert.equal((await call(`${server.url}/v2/models/torch`)).status, 503);
  // Clients may not load models unless a flag says so.
  const { status } = await call(`${server.url}/v2/repository/models/iris/load`, {});
  assert.ok(status >= 400 && status < 600 && status !== 500, `${status}`);
});

test("ekiben serve --model-control explicit loads what KServe's agent puts there", async () => {
  using folder = folderOf({});
  await using server = await start(folder.path, "--model-control-mode", "explicit");
  const control = `${server.url}/v2/repository/models/iris`;
  assert.equal((await call(`${control}/load`, {})).status, 404);
  addTo(folder.path, tree);
  assert.equal((await call(`${control}/load`, {})).status, 200);
  const iris = `${server.url}/v2/models/iris`;
  assert.equal((await call(`${iris}/ready`)).status, 200);
  assert.deepEqual(await infer(iris), ["1", [6, 8]]);
  const config = JSON.stringify({ version_policy: { specific: { versions: [2] } } });
  assert.equal((await call(`${control}/load`, { parameters: { config } })).status, 200);
  assert.deepEqual(await infer(iris), ["2", [6, 8]]);
  assert.equal((await call(`${control}/unload`, {})).status, 200);
  const { status } = await call(`${iris}/infer`, { inputs: [] });
  assert.ok(status === 404 || status === 400 || status === 503, `${status}`);
});
