import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { BenchReport } from "../../../src/cli/bench/report.ts";
import type { Found } from "../../../src/cli/tune/search.ts";
import { runCli, startCli } from "../../support/cli.ts";
import { root } from "../../support/runtimes.ts";

const model = fileURLToPath(new URL("examples/mnist/mnist-cnn.onnx", root));

test("ekiben tune serves candidates, and prints the best settings", async () => {
  const few = ["--backend", "wasm", "--workers", "1", "--threads", "1", "--max-batch-size", "8"];
  const flags = [...few, "--for", "4", "--p99", "60000", "--json"];
  const { code, output, stdout } = await runCli(["tune", model, ...flags]);
  assert.equal(code, 0, output);
  assert.match(output, /^wasm, 1 worker, 1 thread: [\d.]+ calls\/s$/m);
  const { best, trials } = JSON.parse(stdout) as Found;
  assert.equal(best?.candidate.backend, "wasm");
  assert.ok(
    (trials[0]?.points ?? []).every(({ throughput, failed }) => throughput > 0 && failed === 0),
  );
});

test("ekiben tune says why nothing can be served", async () => {
  const { code, output } = await runCli(["tune", "no-such.onnx", "--workers", "1", "--for", "3"]);
  assert.equal(code, 1);
  assert.match(output, /no-such\.onnx/);
  assert.match(output, /No candidate could be served/);
});

test("ekiben bench reports on a server, and on one that refuses", async () => {
  await using server = await startCli(["serve", model, "--no-grpc", "--backend", "wasm"]);
  const short = ["--warmup", "0", "--requests", "20"];
  const open = await runCli(["bench", server.url, "--rate", "1000", ...short, "--json"]);
  const report = JSON.parse(open.stdout) as BenchReport;
  assert.deepEqual([report.load.kind, report.answered, report.notSent], ["open", 20, 0]);
  const refused = await runCli(["bench", server.url, ...short, "--data", "[1]"]);
  assert.equal(refused.code, 1, refused.output);
  assert.match(refused.output, /^failed +400 20$/m);
});
