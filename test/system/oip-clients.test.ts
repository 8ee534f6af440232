/**
 * Clients of others, used as their own examples use them: Triton's and KServe's for Python, over
 * HTTP and gRPC, and the calls of KServe's agent and of Knative. They are fetched.
 */
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../project/checkout.ts";
import { eventually } from "../project/process.ts";
import { startCli } from "../support/cli.ts";
import { freePorts } from "../support/free-ports.ts";
import { binaries, root } from "../support/runtimes.ts";
import { installClients, outputOf, python } from "./client-programs.ts";
import { RUNTIMES } from "./scene.ts";
import { writeTritonModels } from "./triton-models.ts";

const { path: models } = temporaryFolder();

before(() => {
  writeTritonModels(models);
  installClients();
});

/** Runs a program of the fixtures to its end. */
async function run(name: string, ...args: readonly string[]): Promise<void> {
  const script = fileURLToPath(new URL(`test/system/fixtures/oip/${name}.py`, root));
  await outputOf(python, [script, ...args]);
}

const INFER = JSON.stringify({
  inputs: ["INPUT0", "INPUT1"].map((name) => ({
    ...{ name, shape: [1, 16], datatype: "INT32" },
    data: Array.from({ length: 16 }, (_, at) => at),
  })),
});

/** Makes the calls of KServe's agent for a model that comes, changes and goes. */
async function callAsAgent(url: string): Promise<void> {
  const post = (path: string, body: string | null = null) =>
    fetch(url + path, { method: "POST", body });
  const ready = async () => (await fetch(`${url}/v2/models/simple/ready`)).status;
  for (let round = 0; round < 3; round++) {
    assert.equal((await post("/v2/repository/models/simple/load")).status, 200);
    await eventually("the model", async () => (await ready()) === 200);
    const answer = await post("/v2/models/simple/infer", INFER);
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).outputs[0].data[15], 30);
    assert.equal((await post("/v2/repository/models/simple/unload")).status, 200);
    assert.notEqual(await ready(), 200);
    assert.equal((await post("/v2/models/simple/infer", INFER)).status, 404);
  }
  // The agent unloads what has failed to load, or has gone.
  assert.notEqual((await post("/v2/repository/models/nothing/load")).status, 200);
  assert.equal((await post("/v2/repository/models/simple/unload")).status, 200);
  assert.equal((await post("/v2/repository/models/simple/load")).status, 200);
}

/** Probes as Knative's queue-proxy does: over HTTP/1.1, or HTTP/2 without TLS. */
async function probe(url: string, isHttp2: boolean): Promise<void> {
  const headers = { "user-agent": "kube-probe/1.32", "k-network-probe": "queue" };
  if (!isHttp2) {
    assert.equal((await fetch(`${url}/v2/health/ready`, { headers })).status, 200);
    return;
  }
  const session = connect(url);
  const stream = session.request({ ":path": "/v2/health/ready", ...headers });
  const status = await new Promise((resolve, reject) => {
    stream.on("response", (answer) => resolve(answer[":status"]));
    stream.on("error", reject);
  });
  session.close();
  assert.equal(status, 200);
}

for (const runtime of RUNTIMES) {
  for (const onePort of [false, true]) {
    const ports = onePort ? "one port" : "ports apart";
    test(`Clients of others call and control models on ${runtime}, with ${ports}`, async () => {
      const [port = 0, grpcPort = 0] = await freePorts(2);
      const where = onePort ? ["--one-port"] : ["--grpc-port", `${grpcPort}`];
      const args = ["serve", models, "--model-control", "explicit", ...where];
      const program = runtime === "bun" ? process.execPath : binaries()[runtime];
      await using server = await startCli(args, { port, program });
      const addresses = [`127.0.0.1:${port}`, `127.0.0.1:${onePort ? port : grpcPort}`] as const;
      await run("triton_clients", ...addresses);
      await run("kserve_clients", ...addresses);
      await callAsAgent(server.url);
      await probe(server.url, false);
      if (onePort) await probe(server.url, true);
    });
  }
}
