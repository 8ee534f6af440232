import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli, startCli } from "../support/cli.ts";
import { configFiles } from "./config-files.ts";

const { fileWith } = configFiles();
const service = fileURLToPath(new URL("./fixtures/places.ts", import.meta.url));
const threads = fileWith("runners: { isolation: threads }");

/** The ways to start a service, and whether its workers are processes then. */
const WAYS: readonly (readonly [args: string, isProcess: boolean, variable?: string])[] = [
  ["", false],
  ["--isolation process", true],
  ["--isolation threads", false, "process"],
  [`--config ${fileWith("runners: { echo: { isolation: process, max_memory_mb: 500 } }")}`, true],
  [`--config ${threads}`, true, "process"],
];

for (const [args, isProcess, variable] of WAYS) {
  const name = args.replace(/--config .*/, "--config");
  test(`ekiben serve ${name} with EKIBEN_ISOLATION=${variable}`, async () => {
    const given = args.split(" ").filter((arg) => arg !== "");
    const env = { EKIBEN_ISOLATION: variable };
    await using server = await startCli(["serve", service, "--no-grpc", ...given], { env });
    const response = await fetch(`${server.url}/pids`, { method: "POST", body: "null" });
    const pids = (await response.json()) as Record<"server" | "worker" | "own", number>;
    assert.equal(pids.worker !== pids.server, isProcess);
    assert.equal(pids.own, pids.server, "the code of a runner comes first");
  });
}

test("ekiben serve refuses an isolation that there is not", async () => {
  const { code, output } = await runCli(["serve", service, "--isolation", "proces"]);
  assert.notEqual(code, 0);
  assert.match(output, /'proces' is invalid. Allowed choices are threads, process, web, inline/);
  assert.match(output, /^\(Did you mean process\?\)$/m);
});

test("ekiben serve refuses a limit of memory for workers in threads", async () => {
  const config = fileWith("runners: { own: { max_memory_mb: 500 } }");
  const { code, output } = await runCli(["serve", service, "--port", "0", "--config", config]);
  assert.equal(code, 1);
  assert.match(output, /"own" cannot start its workers: maxMemoryMb is for isolation "process"/);
});

test("ekiben serve runs a model without code in processes", async () => {
  const model = fileURLToPath(new URL("../../examples/mnist/mnist-cnn.onnx", import.meta.url));
  const args = ["serve", model, "--no-grpc", "--isolation", "process"];
  await using server = await startCli(args);
  const response = await fetch(`${server.url}/describe`, { method: "POST", body: "" });
  const { batching } = (await response.json()) as { batching: { enabled: boolean } };
  assert.equal(batching.enabled, true, "each worker has made the trial by itself");
});
