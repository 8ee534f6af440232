/** The manifests of examples/deploy/kserve, whose command is run as KServe runs it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { modelPath } from "../onnx/models/index.ts";
import { folderOf, type TestFolder } from "../repository/catalog/folder.ts";
import { type Running, startCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Runtime {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly supportedModelFormats: readonly { readonly name: string }[];
    readonly protocolVersions: readonly string[];
    readonly containers: readonly [Container];
  };
}

interface InferenceService {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly predictor: {
      readonly model: {
        readonly modelFormat: { readonly name: string };
        readonly runtime: string;
        readonly protocolVersion: string;
        readonly ports?: readonly [{ readonly name: string; readonly containerPort: number }];
      };
    };
  };
}

const manifest = (file: string): unknown =>
  parse(readFileSync(new URL(`examples/deploy/kserve/${file}`, root), "utf8"));

const runtime = manifest("serving-runtime.yaml") as Runtime;
const [container] = runtime.spec.containers;
const PORT = "8080";

/** Runs the command of the container, with the folder of its models and a free port. */
async function start(folder: string, name: string): Promise<Running> {
  assert.ok(container.args.includes(`--port=${PORT}`));
  const args = container.args
    .filter((word) => word !== `--port=${PORT}`)
    .map((word) => word.replace("/mnt/models", folder).replace("{{.Name}}", name));
  assert.ok(args.includes(folder) && args.includes(`--name=${name}`), args.join(" "));
  return await startCli(args);
}

/** The file of a model in folders as KServe's init container fills them. */
const mounts: readonly [what: string, path: string][] = [
  ["a file", "anything.onnx"],
  ["a version", "1/model.onnx"],
  ["a model with a version", "resnet/1/model.onnx"],
];

function mounted(path: string): TestFolder {
  return folderOf({ [path]: readFileSync(modelPath("unnamed")) });
}

for (const [what, path] of mounts) {
  test(`KServe's runtime serves ${what} under the name of its InferenceService`, async () => {
    using folder = mounted(path);
    const { metadata } = manifest("inference-service.yaml") as InferenceService;
    await using server = await start(folder.path, metadata.name);
    const model = `${server.url}/v2/models/${metadata.name}`;
    const response = await fetch(`${model}/infer`, {
      method: "POST",
      body: JSON.stringify({
        inputs: [{ name: "x", datatype: "FP32", shape: [1, 2], data: [3, 4] }],
      }),
    });
    const { outputs } = (await response.json()) as { outputs: readonly { data: unknown }[] };
    assert.deepEqual(outputs[0]?.data, [6, 8]);
    const { readinessProbe, livenessProbe } = container;
    const { annotations } = runtime.spec;
    const metrics = annotations["prometheus.kserve.io/path"] ?? "";
    for (const at of [readinessProbe.httpGet.path, livenessProbe.httpGet.path, metrics]) {
      const { status, body } = await fetch(`${server.url}${at}`);
      assert.equal(status, 200, at);
      await body?.cancel();
    }
  });
}

test("KServe's manifests agree on the port, the format and the protocols", () => {
  const { annotations, protocolVersions, supportedModelFormats } = runtime.spec;
  const { name, readinessProbe, livenessProbe } = container;
  assert.equal(name, "kserve-container");
  const ports = [readinessProbe, livenessProbe].map(({ httpGet }) => `${httpGet.port}`);
  assert.deepEqual([...ports, annotations["prometheus.kserve.io/port"]], [PORT, PORT, PORT]);
  for (const file of ["inference-service.yaml", "inference-service-grpc.yaml"]) {
    const { model } = (manifest(file) as InferenceService).spec.predictor;
    assert.equal(model.runtime, runtime.metadata.name);
    assert.ok(protocolVersions.includes(model.protocolVersion));
    assert.ok(supportedModelFormats.some((each) => each.name === model.modelFormat.name));
    // KServe speaks HTTP/2 to a port by its name.
    const isGrpc = model.protocolVersion === "grpc-v2";
    assert.equal(/grpc|h2c/.test(model.ports?.[0].name ?? ""), isGrpc);
    if (isGrpc) assert.equal(`${model.ports?.[0].containerPort}`, PORT);
  }
  assert.ok(container.args.includes("--one-port"));
});
