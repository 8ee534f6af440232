import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelMetadata } from "../../src/service/models.ts";
import type { Tensor } from "../../src/tensor.ts";
import { metadata, read, refuses, spec } from "./requests.ts";

const rows = { rowAxes: { input: { x: 0 }, output: {} } };

const bytesOf = (numbers: readonly number[]) => new Uint8Array(Float32Array.from(numbers).buffer);

test("readInferRequest() finds the shape of a body that is a raw tensor", async () => {
  const cases: readonly (readonly [ModelMetadata, numbers: number, shape: readonly number[]])[] = [
    [metadata([spec("x", "float32", [2, 3])]), 6, [2, 3]],
    [metadata([spec("x", "float32", [])]), 1, []],
    [metadata([spec("x", "float32", [-1, 3])]), 6, [2, 3]],
    [metadata([spec("x", "float32", [-1])]), 0, [0]],
    [metadata([spec("x", "float32", [-1, 3, -1])], rows), 6, [1, 3, 2]],
    [metadata([spec("x", "float32", [-1, 3])], rows), 6, [2, 3]],
    [metadata([spec("x", "float32", [-1, 3])], rows), 0, [0, 3]],
    [metadata([{ name: "x", dtype: "float32", shape: undefined }]), 6, [6]],
  ];
  for (const [model, count, shape] of cases) {
    const numbers = Array.from({ length: count }, (_, at) => at);
    const request = await read(model, [bytesOf(numbers), "0"]);
    assert.deepEqual(request, {
      id: undefined,
      parameters: { binary_data_output: true },
      inputs: { x: { dtype: "float32", shape, data: Float32Array.from(numbers) } },
      outputs: undefined,
    });
  }
});

test("readInferRequest() takes a raw body as the one element of BYTES", async () => {
  const text = "one, \u{1f642}";
  const wanted: Tensor = { dtype: "string", shape: [1, 1], data: [text] };
  for (const [axes, more] of [[[1, 1]], [[-1, 1], rows]] as const) {
    const model = metadata([spec("x", "string", axes)], more);
    const { inputs } = await read(model, [new TextEncoder().encode(text), "0"]);
    assert.deepEqual(inputs, { x: wanted });
  }
});

test("readInferRequest() refuses a raw body whose shape does not follow", async () => {
  const x = spec("x", "float32", [-1, 3]);
  const cases: readonly (readonly [ModelMetadata, bytes: number, reason: RegExp])[] = [
    [metadata([x, spec("z", "bool", [1])]), 12, /for models of one input, but model "m" has 2/],
    [metadata([]), 0, /for models of one input, but model "m" has 0/],
    [metadata([spec("x", "float32", [-1, -1])]), 12, /"x", which is FP32 \[-1, -1\]: its shape/],
    [metadata([spec("x", "string", [-1])]), 12, /"x", which is BYTES \[-1\]: its shape/],
    [metadata([spec("x", "string", [2])]), 12, /element 1 of 2 has no length/],
    [metadata([x]), 13, /FP32 and shape \[1, 3\] needs 12 bytes, but was given 13/],
    [metadata([spec("x", "float32", [-1, 0])]), 4, /needs 0 bytes, but was given 4/],
    [metadata([{ ...x, dtype: undefined }]), 4, /must be INVALID/],
  ];
  for (const [model, bytes, reason] of cases) {
    await refuses(model, [new Uint8Array(bytes), "0"], reason);
  }
});
