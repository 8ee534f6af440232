/**
 * The Open Inference Protocol over gRPC, called by the clients of others: Triton's for Python, code
 * that Go's plugins generate from proto/, and grpcurl, which asks for the messages by reflection.
 * It needs Go and Python, which fetch them.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../project/checkout.ts";
import { startCli } from "../support/cli.ts";
import { freePorts } from "../support/free-ports.ts";
import { binaries, root } from "../support/runtimes.ts";
import { installClients, outputOf, python } from "./client-programs.ts";
import { buildGoPrograms } from "./go-programs.ts";
import { RUNTIMES } from "./scene.ts";

const at = (path: string): string => fileURLToPath(new URL(path, root));
const fixtures = at("test/system/fixtures/oip/");
const model = at("test/onnx/models/conv.onnx");
const { path: go } = temporaryFolder();

const SERVE = ["serve", model, "--model-control", "explicit"];

/** On a new machine, the programs take long to build. */
const BUILD = { timeout: 900_000 };

before(() => {
  installClients();
  buildGoPrograms(go);
}, BUILD);

const REQUEST = JSON.stringify({
  modelName: "conv",
  parameters: { binary_data_output: { boolParam: false } },
  inputs: [
    {
      name: "x",
      datatype: "FP32",
      shape: [1, 3, 1, 1],
      contents: { fp32Contents: [0.1, 0.2, 0.3] },
    },
  ],
});

for (const runtime of RUNTIMES) {
  for (const onePort of [false, true]) {
    const ports = onePort ? "one port" : "ports apart";
    test(`Clients of others call models over gRPC on ${runtime}, with ${ports}`, async () => {
      const [port = 0, grpcPort = 0] = await freePorts(2);
      const where = onePort ? ["--one-port"] : ["--grpc-port", `${grpcPort}`];
      const program = runtime === "bun" ? process.execPath : binaries()[runtime];
      await using _ = await startCli([...SERVE, ...where], { port, program });
      const address = `127.0.0.1:${onePort ? port : grpcPort}`;
      await outputOf(join(go, "client"), [address]);
      await outputOf(python, [join(fixtures, "triton_grpc.py"), address]);
      const grpcurl = (method: string, ...args: readonly string[]): Promise<string> =>
        outputOf(join(go, "bin", "grpcurl"), ["-plaintext", ...args, address, method]);
      const service = "inference.GRPCInferenceService";
      assert.match(await grpcurl("list"), new RegExp(`^${service}$`, "m"));
      const answer = JSON.parse(await grpcurl(`${service}/ModelInfer`, "-d", REQUEST));
      assert.equal(answer.outputs[0].contents.fp32Contents.length, 10);
    });
  }
}
