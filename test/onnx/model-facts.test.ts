import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readFacts } from "../../src/onnx/model-facts.ts";
import { seededRandom } from "../../src/random.ts";
import { SEED } from "../support/random.ts";
import { modelUrl } from "./models/index.ts";
import { graph, model, node, value } from "./onnx-model.ts";

const factsOf = (name: string) => readFacts(readFileSync(modelUrl(name)));

test("readFacts() reads operators, including those of branches", () => {
  assert.deepEqual([...(factsOf("pointseg")?.operators ?? [])].sort(), [
    ...["Concat", "Expand", "MatMul", "ReduceMax", "Relu", "Shape"],
  ]);
  const branches = factsOf("if")?.operators;
  assert.ok(branches?.has("Neg") && branches.has("Identity") && branches.has("If"));
});

test("readFacts() distinguishes scalars, tensors of any rank and other values", () => {
  const inputOf = (name: string, input = "x") => factsOf(name)?.inputs.get(input);
  assert.deepEqual(inputOf("axis_rank0"), { type: "tensor", hasShape: true });
  assert.deepEqual(inputOf("axis_norank"), { type: "tensor", hasShape: false });
  assert.deepEqual(inputOf("axis_named"), { type: "tensor", hasShape: true });
  assert.equal(inputOf("seqin", "s")?.type, "sequence");
  assert.equal(inputOf("opt")?.type, "optional");
  assert.equal(factsOf("skl_zipmap")?.outputs.get("output_probability")?.type, "sequence");
});

test("readFacts() names the files of weights", () => {
  assert.deepEqual([...(factsOf("external")?.externalFiles ?? [])], ["external.onnx.data"]);
  assert.deepEqual([...(factsOf("conv")?.externalFiles ?? [])], []);
});

test("readFacts() finds models that compute in float16", () => {
  const names = ["fp16", "large_float16", "bertlike", "conv", "int8", "external"];
  const found = names.filter((name) => factsOf(name)?.usesFloat16);
  assert.deepEqual(found, ["fp16", "large_float16"]);
  // A Cast to float16 (10) and back to float32 (1) within a model of float32.
  const cast = (to: number): number[] => [
    ...node("Cast", [to === 10 ? "x" : "half"], [to === 10 ? "half" : "y"]),
    ...[42, 9, 10, 2, 116, 111, 24, to, 160, 1, 2],
  ];
  const [inputs, outputs] = [[value("x", 1, ["n"])], [value("y", 1, ["n"])]];
  const both = model(graph({ nodes: [cast(10), cast(1)], inputs, outputs }));
  assert.equal(readFacts(both)?.usesFloat16, true);
  assert.equal(readFacts(model(graph({ nodes: [cast(1)], inputs, outputs })))?.usesFloat16, false);
});

test(`readFacts() reads any bytes without an error, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  assert.equal(readFacts(new Uint8Array(0)), undefined);
  assert.equal(readFacts(new TextEncoder().encode("this is text")), undefined);
  const model = readFileSync(modelUrl("skl_zipmap"));
  for (let round = 0; round < 2_000; round++) {
    const bytes = Uint8Array.from(model.subarray(0, Math.ceil(random() * model.length)));
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    readFacts(bytes);
  }
});
