import assert from "node:assert/strict";
import { test } from "node:test";
import { datatypeOf } from "../../src/oip/datatypes.ts";
import type { InferResponse, Parameters } from "../../src/oip/messages.ts";
import { writeInferResponse } from "../../src/oip/write-response.ts";
import { DTYPES, type Tensor, tensor } from "../../src/tensor.ts";
import { ELEMENTS } from "./elements.ts";
import { metadata, read, spec } from "./requests.ts";

function response(
  tensors: Readonly<Record<string, Tensor>>,
  requested: Parameters = {},
  ofOutputs: Readonly<Record<string, Parameters>> = {},
): InferResponse {
  const outputs = Object.entries(tensors).map(([name, each]) => {
    return { name, tensor: each, requested: ofOutputs[name] ?? {} };
  });
  return { modelName: "m", modelVersion: "1", id: undefined, requested, outputs };
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("writeInferResponse() writes JSON with flat data", async () => {
  const y = tensor("float32", [2, 2], new Float32Array([0.5, -1, 1e10, 0]));
  const z = tensor("int64", [1], new BigInt64Array([2n ** 63n - 1n]));
  const b = tensor("bool", [2], new Uint8Array([1, 0]));
  const { body, headerLength } = await writeInferResponse({ ...response({ y, z, b }), id: '"' });
  assert.equal(headerLength, undefined);
  assert.equal(
    textOf(body),
    '{"model_name":"m","model_version":"1","id":"\\"","outputs":[' +
      '{"name":"y","datatype":"FP32","shape":[2,2],"data":[0.5,-1,10000000000,0]},' +
      '{"name":"z","datatype":"INT64","shape":[1],"data":[9223372036854775807]},' +
      '{"name":"b","datatype":"BOOL","shape":[2],"data":[true,false]}]}',
  );
});

test("writeInferResponse() writes scalars, NaN, and nothing at all", async () => {
  const s = tensor("float64", [], new Float64Array([Number.NaN]));
  const e = tensor("string", [2, 0], []);
  assert.equal(
    textOf((await writeInferResponse(response({ s, e }))).body),
    '{"model_name":"m","model_version":"1","outputs":[' +
      '{"name":"s","datatype":"FP64","shape":[],"data":[null]},' +
      '{"name":"e","datatype":"BYTES","shape":[2,0],"data":[]}]}',
  );
  const { body } = await writeInferResponse(response({ s }), { nonFinite: "string" });
  assert.match(textOf(body), /"data":\["NaN"\]/);
  const none = await writeInferResponse(response({}, { binary_data_output: true }));
  assert.equal(textOf(none.body), '{"model_name":"m","model_version":"1","outputs":[]}');
  assert.equal(none.headerLength, undefined);
});

test("writeInferResponse() writes raw bytes where they are asked for", async () => {
  const y = tensor("int16", [2], new Int16Array([1, -2]));
  const z = tensor("string", [1], ["é"]);
  const yRaw = [1, 0, 254, 255];
  const zRaw = [2, 0, 0, 0, 0xc3, 0xa9];
  const yes = { binary_data: true };
  const no = { binary_data: false };
  const all = { binary_data_output: true };
  const cases: readonly (readonly [Parameters, Record<string, Parameters>, raw: number[]])[] = [
    [{}, { y: yes }, yRaw],
    [{}, { z: yes, y: no }, zRaw],
    [all, {}, [...yRaw, ...zRaw]],
    [all, { y: no }, zRaw],
    [all, { y: no, z: no }, []],
    [{ binary_data_output: false }, { y: yes, z: yes }, [...yRaw, ...zRaw]],
  ];
  for (const [requested, ofOutputs, raw] of cases) {
    const written = await writeInferResponse(response({ y, z }, requested, ofOutputs));
    const { body, headerLength = body.length } = written;
    assert.deepEqual([...body.subarray(headerLength)], raw);
    const { outputs } = JSON.parse(textOf(body.subarray(0, headerLength))) as {
      outputs: { name: string; data?: unknown; parameters?: { binary_data_size: number } }[];
    };
    const sizes = outputs.map(({ parameters }) => parameters?.binary_data_size ?? 0);
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      raw.length,
    );
    for (const { data, parameters } of outputs) {
      assert.equal(data === undefined, parameters !== undefined);
    }
  }
});

test("writeInferResponse() writes what readInferRequest() reads, of every datatype", async () => {
  for (const dtype of DTYPES) {
    for (const requested of [{}, { binary_data_output: true }]) {
      // Enough elements for several steps.
      for (const repeat of [1, 30_000]) {
        const [, two] = ELEMENTS[dtype];
        const data = Array.isArray(two)
          ? Array.from({ length: 2 * repeat }, (_, at) => two[at % 2] as string)
          : repeated(two as Uint8Array, repeat);
        const made: Tensor = { dtype, shape: [repeat, 2], data };
        const { body, headerLength } = await writeInferResponse(response({ x: made }, requested), {
          nonFinite: "literal",
        });
        const length = headerLength ?? body.length;
        const text = textOf(body.subarray(0, length)).replace('"outputs"', '"inputs" ');
        body.set(new TextEncoder().encode(text));
        const model = metadata([spec("x", dtype, [-1, 2])]);
        const { inputs } = await read(model, [body, headerLength?.toString()]);
        assert.deepEqual(inputs, { x: made }, `${datatypeOf(dtype)} ${JSON.stringify(requested)}`);
      }
    }
  }
});

/** Returns an array of the same type with its elements several times. */
function repeated(two: Uint8Array, times: number): Uint8Array {
  const Elements = two.constructor as Uint8ArrayConstructor;
  return Elements.from({ length: 2 * times }, (_, at) => two[at % 2] ?? 0);
}
