import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { image } from "../../src/io/picture/image.ts";
import { graph, node, model as onnxModel, value } from "../onnx/onnx-model.ts";
import { startCli } from "../support/cli.ts";
import { root } from "../support/runtimes.ts";

interface Label {
  readonly file: string;
  readonly label: number;
  readonly logits: readonly number[];
}

interface Prediction {
  readonly digit: number;
  readonly scores: readonly number[];
}

const example = new URL("examples/mnist/", root);
const digits = new URL("digits/", example);
const labels = JSON.parse(readFileSync(new URL("labels.json", digits), "utf8")) as Label[];
const service = fileURLToPath(new URL("service.ts", example));
const model = fileURLToPath(new URL("mnist-cnn.onnx", example));

/** The pixels of a digit as nested arrays, 1 x 28 x 28, 0 to 1. */
async function pixelsOf(file: string): Promise<number[][][]> {
  const bytes = readFileSync(new URL(file, digits));
  const { data } = await image({ mode: "L" }).decode({ bytes, type: "image/png" });
  const row = (y: number): number[] => Array.from(data.slice(28 * y, 28 * y + 28), (v) => v / 255);
  return [Array.from({ length: 28 }, (_, y) => row(y))];
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [at, value] of expected.entries()) {
    assert.ok(Math.abs((actual[at] ?? Number.NaN) - value) < 1e-3, `${actual} is not ${expected}`);
  }
}

async function answer<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { method: "POST", ...init });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as T;
}

for (const backend of ["native", "wasm"] as const) {
  test(`examples/mnist reads all 20 digits on ${backend}, however they are sent`, async () => {
    await using server = await startCli(["serve", service, "--backend", backend]);
    assert.match(server.output, new RegExp(`Runner mnist: \\d+ workers? on ${backend}`));
    assert.equal(labels.length, 20);
    const { url } = server;
    for (const { file, label, logits } of labels) {
      const bytes = readFileSync(new URL(file, digits));
      const form = new FormData();
      form.append("any name", new Blob([bytes], { type: "image/png" }), file);
      const headers = { "content-type": "image/png" };
      for (const init of [{ body: form }, { body: bytes, headers }]) {
        const { digit, scores } = await answer<Prediction>(`${url}/predict`, init);
        assert.equal(digit, label, file);
        assertClose(scores, softmax(logits));
      }
    }
    const all = await Promise.all(labels.map(({ file }) => pixelsOf(file)));
    const scores = await answer<number[][]>(`${url}/classify`, { body: JSON.stringify(all) });
    for (const [at, { logits }] of labels.entries()) assertClose(scores[at] ?? [], softmax(logits));
  });
}

test("examples/mnist explains its batches when asked, and refuses other shapes", async () => {
  await using server = await startCli(["serve", service]);
  const body = JSON.stringify(
    await Promise.all(labels.slice(0, 3).map(({ file }) => pixelsOf(file))),
  );
  const url = `${server.url}/classify`;
  const asked = await fetch(url, { method: "POST", body, headers: { "ekiben-explain": "1" } });
  const form = /^mnist;method=classify;rows=3;requests=1;wait-ms=[\d.]+;run-ms=[\d.]+;reason=idle$/;
  assert.match(asked.headers.get("ekiben-explain") ?? "", form);
  const plain = await fetch(url, { method: "POST", body });
  assert.equal(plain.headers.get("ekiben-explain"), null);
  const wrong = await fetch(url, { method: "POST", body: "[[1,2],[3,4]]" });
  assert.equal(wrong.status, 400);
  assert.match(await wrong.text(), /\[2, 2\].*\[-1, 1, 28, 28\]|\[-1, 1, 28, 28\].*\[2, 2\]/);
});

test("ekiben serve model.onnx takes and answers tensors by name, or says why not", async () => {
  await using server = await startCli(["serve", model]);
  const [first] = labels;
  assert.ok(first !== undefined);
  const body = JSON.stringify({ image: [await pixelsOf(first.file)] });
  type Named = { readonly logits: number[][]; readonly probabilities: number[][] };
  const { logits, probabilities } = await answer<Named>(`${server.url}/predict`, { body });
  assertClose(logits[0] ?? [], first.logits);
  assertClose(probabilities[0] ?? [], softmax(first.logits));
  const wrong: readonly [unknown, RegExp][] = [
    [[1, 2], /must be an object of the inputs \(\\"image\\"\)/],
    [{}, /Input \\"image\\" is missing: the model takes \\"image\\" float32 \[batch, 1, 28, 28\]/],
    [{ image: [[1]] }, /must be float32 \[batch, 1, 28, 28\], but was float32 \[1, 1\]/],
    [{ image: [[1], [1, 2]] }, /image/],
    [{ image: "x" }, /image/],
    [{ picture: 1 }, /Unknown input \\"picture\\"/],
    [{ image: null }, /image/],
  ];
  for (const [body, message] of wrong) {
    const response = await fetch(`${server.url}/predict`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.equal(response.status, 400, text);
    assert.match(text, message);
  }
});

test("ekiben serve model.onnx runs a model without open axes, each call alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ekiben-model-"));
  const path = join(folder, "Fixed Model.onnx");
  const nodes = [node("Mul", ["x", "factor"], ["y"])];
  const inputs = [value("x", 1, [2]), value("factor", 1, [])];
  writeFileSync(path, onnxModel(graph({ nodes, inputs, outputs: [value("y", 1, [2])] })));
  try {
    await using server = await startCli(["serve", path]);
    assert.match(server.output, /Serving fixed-model on/);
    const double = { body: JSON.stringify({ x: [1, 2], factor: 2 }) };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => answer<{ y: number[] }>(`${server.url}/predict`, double)),
    );
    assert.deepEqual(answers, new Array(5).fill({ y: [2, 4] }));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
