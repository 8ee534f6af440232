import assert from "node:assert/strict";
import { test } from "node:test";
import { datatypeOf } from "../../src/oip/datatypes.ts";
import { rawOfTensor } from "../../src/oip/tensor-bytes.ts";
import { DTYPES, type Tensor } from "../../src/tensor.ts";
import { ELEMENTS } from "./elements.ts";
import { binaryBody, jsonBody, metadata, read, refuses, spec } from "./requests.ts";

test("readInferRequest() reads every datatype from JSON and from bytes", async () => {
  for (const dtype of DTYPES) {
    const [json, data] = ELEMENTS[dtype];
    const model = metadata([spec("x", dtype, [1, 2])]);
    const datatype = datatypeOf(dtype);
    const wanted: Tensor = { dtype, shape: [1, 2], data };
    const head = `{"inputs":[{"name":"x","datatype":"${datatype}","shape":[1,2],`;
    for (const nested of [`[${json}]`, `[[${json}]]`, ` [ [ ${json.replace(",", " , ")} ] ] `]) {
      const { inputs } = await read(model, jsonBody(`${head}"data":${nested}}]}`));
      assert.deepEqual(inputs, { x: wanted }, nested);
    }
    const raw = await rawOfTensor(wanted);
    const { inputs } = await read(
      model,
      binaryBody(`${head}"parameters":{"binary_data_size":${raw.length}}}]}`, raw),
    );
    assert.deepEqual(inputs, { x: wanted });
  }
});

test("readInferRequest() returns id, parameters and outputs, and ignores all else", async () => {
  const input = { name: "x", datatype: "INT32", shape: [1], data: [1], parameters: { a: null } };
  const outputs = [{ name: "y", parameters: { binary_data: true, content: { deep: [1] } } }];
  const parameters = { priority: 1, big: 2, text: "t", none: null };
  const sent = jsonBody({ id: "7", parameters, inputs: [input], outputs, more: [[{}]] });
  const {
    id,
    parameters: known,
    outputs: wanted,
  } = await read(metadata([spec("x", "int32", [1])]), sent);
  assert.equal(id, "7");
  assert.deepEqual(known, { priority: 1, big: 2, text: "t" });
  assert.deepEqual(wanted, [{ name: "y", parameters: { binary_data: true } }]);
});

test("readInferRequest() refuses what does not fit the model", async () => {
  const model = metadata([spec("x", "float32", [-1, 2]), spec("n", "int64", [1])]);
  const x = { name: "x", datatype: "FP32", shape: [1, 2], data: [1, 2] };
  const n = { name: "n", datatype: "INT64", shape: [1], data: [1] };
  const cases: readonly (readonly [inputs: readonly unknown[], reason: RegExp])[] = [
    [[x], /Missing input "n": model "m" takes "x" FP32 \[-1, 2\], "n" INT64 \[1\]/],
    [[x, n, x], /Input "x" was given twice/],
    [[x, n, { ...x, name: "z" }], /Unknown input "z": the inputs of model "m" are "x", "n"/],
    [[{ ...x, datatype: "FP64" }, n], /Input "x" must be FP32 \[-1, 2\], but was FP64/],
    [[{ ...x, datatype: "float" }, n], /but was "float", which is no datatype/],
    [[{ ...x, shape: [1, 3] }, n], /Input "x" must be FP32 \[-1, 2\], but was \[1, 3\]/],
    [[{ ...x, shape: [2] }, n], /Input "x" must be FP32 \[-1, 2\], but was \[2\]/],
    [[{ ...x, shape: [-1, 2] }, n], /must be of whole numbers from 0 to 2\^53-1, but has -1/],
    [[{ ...x, shape: [0.5, 2] }, n], /must be of whole numbers from 0 to 2\^53-1, but has 0.5/],
    [
      [{ ...x, shape: [1e300, 2] }, n],
      /must be of whole numbers from 0 to 2\^53-1, but has 1e\+300/,
    ],
    [[{ ...x, shape: [2 ** 52, 2] }, n], /no tensor has as many elements/],
    [[{ ...x, shape: new Array(40).fill(1) }, n], /may have at most 32 axes, but has 40/],
    [[{ ...x, shape: ["1"] }, n], /inputs\[0\]\.shape\[0\] must be a whole number from 0 up/],
    [[{ ...x, shape: 2 }, n], /inputs\[0\]\.shape must be an array, but was 2/],
    [[{ ...x, data: [1] }, n], /Input "x" of shape \[1, 2\] needs 2 elements, but "data" has 1/],
    [[{ ...x, data: [[1, 2], [3]] }, n], /Input "x": Cannot make a tensor of ragged arrays/],
    [[{ ...x, data: ["a", 1] }, n], /Input "x": Cannot make a tensor of dtype float32: \[0\]/],
    [[{ ...x, data: [null, 1] }, n], /but was null/],
    [[{ ...x, data: 5 }, n], /inputs\[0\]\.data must be an array, but was 5/],
    [[{ ...x, data: undefined }, n], /Input "x" has neither "data" nor/],
    [[x, { ...n, data: [1.5] }], /Input "n": .* must be a whole number from/],
    [[{ ...x, parameters: { binary_data_size: 8 } }, n], /Input "x" has both "data" and/],
    [[{ ...x, parameters: [] }, n], /inputs\[0\]\.parameters must be an object/],
    [[{ ...x, name: 1 }, n], /inputs\[0\]\.name must be a string, but was 1/],
    [[x, n, 1], /inputs\[2\] must be an object, but was 1/],
  ];
  for (const [inputs, reason] of cases) await refuses(model, jsonBody({ inputs }), reason);
});

test("readInferRequest() bounds the shapes of tensors without elements", async () => {
  const model = metadata([spec("x", "float32", [-1, -1, 1000])]);
  const input = (shape: readonly number[]) => ({ name: "x", datatype: "FP32", shape, data: [] });
  for (const shape of [
    [0, 5, 1000],
    [65_536, 0, 1000],
  ]) {
    const { inputs } = await read(model, jsonBody({ inputs: [input(shape)] }));
    assert.deepEqual(inputs, { x: { dtype: "float32", shape, data: new Float32Array() } });
  }
  const open = metadata([{ name: "x", dtype: "float32", shape: undefined }]);
  const long = new Array(20).fill(2 ** 53 - 1);
  for (const shape of [
    [65_537, 0, 1000],
    [0, 2 ** 53 - 1, 1000],
  ]) {
    const inputs = [input(shape)];
    await refuses(model, jsonBody({ inputs }), /too long for a tensor without elements/);
  }
  for (const shape of [
    [...long, 0],
    [0, ...long],
  ]) {
    const inputs = [input(shape)];
    await refuses(open, jsonBody({ inputs }), /too long for a tensor without elements/);
  }
});

test("readInferRequest() reads integers and ids beyond 2^53, and -0 as a length", async () => {
  const model = metadata([spec("x", "int8", [-1])]);
  const { id, parameters, inputs } = await read(
    model,
    jsonBody(
      '{"id":9007199254740993,"parameters":{"n":18446744073709551615},' +
        '"inputs":[{"name":"x","datatype":"INT8","shape":[-0],"data":[]}]}',
    ),
  );
  assert.equal(id, "9007199254740993");
  assert.deepEqual(parameters, { n: 18_446_744_073_709_551_615n });
  assert.deepEqual(inputs, { x: { dtype: "int8", shape: [0], data: new Int8Array() } });
});

test("readInferRequest() takes the last value of a key that is there twice", async () => {
  const model = metadata([spec("x", "int8", [1])]);
  const { inputs } = await read(
    model,
    jsonBody(
      '{"inputs":5,"inputs":[{"data":["a"],"name":"y","datatype":"FP32","shape":[2],' +
        '"name":"x","data":[7],"shape":[1],"datatype":"INT8"}]}',
    ),
  );
  assert.deepEqual(inputs, { x: { dtype: "int8", shape: [1], data: new Int8Array([7]) } });
});

test("readInferRequest() refuses what is not a request, with the position", async () => {
  const model = metadata([spec("x", "string", [1])]);
  const head = '{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],';
  const cases: readonly (readonly [text: string, reason: RegExp])[] = [
    ["", /the body is empty/],
    ["[]", /the JSON value must be an object, but was an array of 0/],
    ["{}", /inputs must be an array, but was undefined/],
    [`${head}`, /it ends too early, at byte 54/],
    [`${head}"data":["a"]}]} 1`, /unexpected "1" at byte 70/],
    [`${head}"data":["a"`, /it ends too early, at byte 65/],
    [`${head}"data":["a`, /it ends too early, at byte 64/],
    [`${head}"data":["a\\`, /it ends too early, at byte 65/],
    [`${head}"data":["a",]}]}`, /Input "x": .* unexpected "\]" at byte 66/],
    [`${head}"data":[{"a":1}]}]}`, /Input "x": .* but was an object/],
    [`${head}"data":${"[".repeat(600)}"a"${"]".repeat(600)}}]}`, /at most 32 axes/],
    [`{"a":${"[".repeat(600)}`, /nested deeper than 512 levels/],
    [`{"a":[${"{},".repeat(100_000)}1]}`, /more than 100000 arrays, objects and keys/],
    [`${head}"data":["a"]}],"id":[]}`, /id must be a string/],
    [`${head}"data":["a"]}],"outputs":{}}`, /outputs must be an array/],
    [`${head}"data":["a"]}],"outputs":[{"name":null}]}`, /outputs\[0\]\.name must be a string/],
    [`${head}"data":["a"],"parameters":{"shared_memory_region":"r"}}]}`, /in shared memory/],
    [`${head}"parameters":{"binary_data_size":5}}]}`, /there is no header Inference-Header-/],
  ];
  for (const [text, reason] of cases) await refuses(model, jsonBody(text), reason);
});
