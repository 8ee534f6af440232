import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-proto-"));
after(() => rmSync(folder, { recursive: true }));

const mnist = fileURLToPath(new URL("examples/mnist/", root));

test("ekiben proto: a model's tensors, read without running it", async () => {
  const output = join(folder, "new", "digits.proto");
  const flags = ["--output", output, "--name", "digits", "--package", "acme.digits.v1"];
  const { code, output: said } = await runCli(["proto", join(mnist, "mnist-cnn.onnx"), ...flags]);
  assert.equal(code, 0, said);
  const text = readFileSync(output, "utf8");
  assert.match(text, /^package acme\.digits\.v1;$/m);
  assert.match(text, /^service DigitsService \{$/m);
  assert.match(text, /message PredictRequest \{\n {2}Float32Tensor image = 1;\n\}/);
  assert.match(text, /Float32Tensor logits = 1;\n {2}Float32Tensor probabilities = 2;\n/);
});

test("ekiben proto: a folder with a service, and a file whose numbers are kept", async () => {
  const output = join(folder, "kept.proto");
  writeFileSync(output, "message PredictRequest { string old = 1; File image = 7; }");
  const { code, output: said } = await runCli(["proto", mnist, "--output", output]);
  assert.equal(code, 0, said);
  const text = readFileSync(output, "utf8");
  assert.match(
    text,
    /message PredictRequest \{\n {2}reserved 1;\n {2}reserved "old";\n {2}File image = 7;/,
  );
});

test("ekiben proto: a file without a service", async () => {
  const { code, output } = await runCli(["proto", join(folder, "none.ts")]);
  assert.equal(code, 1);
  assert.match(output, /There is no file .*none\.ts/);
});
