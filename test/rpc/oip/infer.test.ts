import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  GRPCInferenceService,
  type InferTensorContentsSchema,
  type ModelInferRequestSchema,
  type ModelInferResponse,
} from "../../../src/gen/inference/grpc_service_pb.ts";
import { silenced } from "../../support/silenced.ts";
import { type Answer, Served, WAYS, type Way } from "./served.ts";

const { modelInfer } = GRPCInferenceService.method;

type Request = MessageInitShape<typeof ModelInferRequestSchema>;
type Contents = MessageInitShape<typeof InferTensorContentsSchema>;

const served = await Served.open();
after(() => served[Symbol.asyncDispose]());

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const raw = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const texts = Uint8Array.of(2, 0, 0, 0, 0xc3, 0xbc, 0, 0, 0, 0, 1, 0, 0, 0, 0x61);

/** A tensor of two rows and one column in each form; without contents where there are none. */
const TENSORS: Readonly<
  Record<string, readonly [raw: Uint8Array, contents: Contents | undefined]>
> = {
  BOOL: [Uint8Array.of(1, 0, 1), { boolContents: [true, false, true] }],
  UINT8: [Uint8Array.of(0, 1, 255), { uintContents: [0, 1, 255] }],
  UINT16: [raw(Uint16Array.of(0, 1, 65_535)), { uintContents: [0, 1, 65_535] }],
  UINT32: [raw(Uint32Array.of(0, 1, 2 ** 32 - 1)), { uintContents: [0, 1, 2 ** 32 - 1] }],
  UINT64: [
    raw(BigUint64Array.of(0n, 1n, 2n ** 64n - 1n)),
    { uint64Contents: [0n, 1n, 2n ** 64n - 1n] },
  ],
  INT8: [raw(Int8Array.of(0, 127, -128)), { intContents: [0, 127, -128] }],
  INT16: [raw(Int16Array.of(0, 32_767, -32_768)), { intContents: [0, 32_767, -32_768] }],
  INT32: [raw(Int32Array.of(0, 1, -(2 ** 31))), { intContents: [0, 1, -(2 ** 31)] }],
  INT64: [raw(BigInt64Array.of(0n, 1n, -(2n ** 63n))), { int64Contents: [0n, 1n, -(2n ** 63n)] }],
  FP16: [raw(Float16Array.of(0, 1.5, -2)), undefined],
  FP32: [raw(Float32Array.of(0, 1.5, Number.NaN)), { fp32Contents: [0, 1.5, Number.NaN] }],
  FP64: [raw(Float64Array.of(0, 1 / 3, -1e300)), { fp64Contents: [0, 1 / 3, -1e300] }],
  BYTES: [texts, { bytesContents: [utf8("ü"), utf8(""), utf8("a")] }],
};

/** Asks for typed outputs. */
const TYPED = {
  binary_data_output: { parameterChoice: { case: "boolParam", value: false } },
} as const;

/** The parts of an answer that carry elements. */
function elementsOf({ message: { outputs, rawOutputContents } }: InferAnswer) {
  const [output] = outputs;
  const given = Object.entries(output?.contents ?? {}).flatMap(([field, list]) =>
    Array.isArray(list) && list.length > 0 ? [[field, list.map(plainBytes)]] : [],
  );
  return { raw: rawOutputContents.map((bytes) => [...bytes]), contents: Object.fromEntries(given) };
}

/** Bytes are Buffers where they came over a socket. */
function plainBytes(element: unknown): unknown {
  return element instanceof Uint8Array ? new Uint8Array(element) : element;
}

type InferAnswer = Answer<typeof modelInfer.output>;

const infer = (way: Way, request: Request): Promise<InferAnswer> =>
  served.call(way, modelInfer, request);

for (const way of WAYS) {
  test(`ModelInfer takes and answers every datatype, raw and typed, over ${way}`, async () => {
    for (const [datatype, [bytes, contents]] of Object.entries(TENSORS)) {
      const input = { name: "x", datatype, shape: [3n, 1n] };
      const id = `an id of ${datatype}`;
      const asked = { modelName: datatype, id, rawInputContents: [bytes] };
      const answer = await infer(way, { ...asked, inputs: [input] });
      assert.deepEqual([answer.code, answer.text], ["ok", ""], datatype);
      const { modelName, modelVersion, outputs } = answer.message as ModelInferResponse;
      assert.deepEqual([modelName, modelVersion, answer.message.id], [datatype, "3", id]);
      assert.equal(outputs.length, 1);
      const [{ name, datatype: sent, shape } = { name: "", datatype: "", shape: [] }] = outputs;
      assert.deepEqual({ name, datatype: sent, shape }, input);
      assert.deepEqual(elementsOf(answer), { raw: [[...bytes]], contents: {} }, datatype);
      const ofContents = {
        modelName: datatype,
        inputs: [{ ...input, ...(contents && { contents }) }],
      };
      const typed = await infer(way, { ...ofContents, parameters: TYPED });
      if (contents === undefined) {
        assert.equal(typed.code, "InvalidArgument");
        assert.match(typed.text, /"x" of datatype FP16 must be sent raw/);
      } else {
        assert.equal(typed.code, "ok", `${datatype}: ${typed.text}`);
        assert.deepEqual(elementsOf(typed), { raw: [], contents }, datatype);
        // Triton's clients read nothing but raw outputs, which people cannot read in JSON.
        const usual = await infer(way, ofContents);
        const expected =
          way === "Connect JSON" ? { raw: [], contents } : { raw: [[...bytes]], contents: {} };
        assert.deepEqual(elementsOf(usual), expected, datatype);
      }
    }
    assert.equal(served.models.leases, 0);
  });

  test(`ModelInfer takes inputs of any name over ${way}`, async () => {
    const { inputs: specs } = served.models.find("odd names");
    const inputs = specs.map(({ name }) => ({ name, datatype: "UINT8", shape: [1n] }));
    const rawInputContents = inputs.map((_, at) => Uint8Array.of(at));
    const answer = await infer(way, { modelName: "odd names", inputs, rawInputContents });
    assert.equal(answer.code, "ok", answer.text);
    assert.equal(answer.message.outputs[0]?.name, "__proto__");
    assert.deepEqual(answer.message.rawOutputContents.map(plainBytes), rawInputContents);
  });

  test(`ModelInfer takes tensors without elements, and scalars, over ${way}`, async () => {
    for (const shape of [[0n], [2n, 0n]]) {
      const inputs = [{ name: "x", datatype: "FP32", shape }];
      for (const rawInputContents of [[], [new Uint8Array()]]) {
        const answer = await infer(way, { modelName: "FP32", inputs, rawInputContents });
        assert.equal(answer.code, "ok", answer.text);
        assert.deepEqual(answer.message.outputs[0]?.shape, shape);
      }
    }
    const scalar = { name: "x", datatype: "INT64", shape: [], contents: { int64Contents: [5n] } };
    const answer = await infer(way, {
      modelName: "INT64",
      inputs: [scalar],
      parameters: TYPED,
    });
    assert.deepEqual(elementsOf(answer).contents, { int64Contents: [5n] });
  });

  test(`ModelInfer answers the outputs that are asked for over ${way}`, async () => {
    const a = { name: "a", datatype: "FP32", shape: [1n, 2n] };
    const b = { name: "b", datatype: "INT64", shape: [2n] };
    const rawInputContents = [raw(BigInt64Array.of(1n, 2n)), raw(Float32Array.of(3, 4))];
    const both = { modelName: "pair", modelVersion: "3", inputs: [b, a], rawInputContents };
    for (const names of [["b", "a"], ["b"], []]) {
      const outputs = names.map((name) => ({ name }));
      const { code, message } = await infer(way, { ...both, outputs });
      assert.equal(code, "ok");
      const expected = names.length === 0 ? ["a", "b"] : names;
      assert.deepEqual(
        message.outputs.map(({ name }) => name),
        expected,
      );
      const [first] = message.rawOutputContents;
      assert.deepEqual(first?.length, expected[0] === "a" ? 8 : 16);
    }
  });
}

const X = { name: "x", datatype: "FP32", shape: [2n] };
const TWO = { fp32Contents: [1, 2] };
const good = { modelName: "FP32", inputs: [{ ...X, contents: TWO }] };
const eight = new Uint8Array(8);
const u8 = { name: "x", datatype: "UINT8", shape: [2n] };
const i16 = { name: "x", datatype: "INT16", shape: [1n] };
const text = { name: "x", datatype: "BYTES", shape: [1n] };
const NOT_UTF8 = Uint8Array.of(0xff);
const SHARED = {
  shared_memory_region: { parameterChoice: { case: "stringParam" as const, value: "r" } },
};

/** Requests that fail, each with its code and the text of its error. */
const FAILING: Readonly<Record<string, readonly [Request, code: string, text: RegExp]>> = {
  "of no model": [{}, "NotFound", /unknown model: there is no ""/],
  "of an unknown model": [
    { ...good, modelName: "nope" },
    "NotFound",
    /unknown model: there is no "nope"/,
  ],
  "of an unknown version": [{ ...good, modelVersion: "9" }, "NotFound", /version "9"/],
  "without inputs": [{ modelName: "FP32" }, "InvalidArgument", /Missing input "x"/],
  "with an unknown input": [
    { modelName: "FP32", inputs: [{ ...X, name: "y" }] },
    "InvalidArgument",
    /Unknown input "y"/,
  ],
  "with an input twice": [
    { modelName: "FP32", inputs: [...good.inputs, ...good.inputs] },
    "InvalidArgument",
    /"x" was given twice/,
  ],
  "of another datatype": [
    { modelName: "FP32", inputs: [{ ...X, datatype: "FP64" }] },
    "InvalidArgument",
    /"x" must be FP32 .* was FP64/,
  ],
  "of no datatype": [
    { modelName: "FP32", inputs: [{ ...X, datatype: "float" }] },
    "InvalidArgument",
    /"float", which is no datatype/,
  ],
  "of a negative length": [
    { ...good, inputs: [{ ...X, shape: [-2n] }] },
    "InvalidArgument",
    /The shape of input "x" must be of whole numbers from 0 .* -2$/,
  ],
  "of an overflowing shape": [
    { ...good, inputs: [{ ...X, shape: [2n ** 62n, 2n ** 62n, 16n] }] },
    "InvalidArgument",
    /The shape of input "x"/,
  ],
  "of a vast shape of nothing": [
    { ...good, inputs: [{ ...X, shape: [0n, 2n ** 62n] }] },
    "InvalidArgument",
    /The shape of input "x"/,
  ],
  "of a rank that the model does not have": [
    { modelName: "pair", inputs: [{ name: "a", datatype: "FP32", shape: [2n] }] },
    "InvalidArgument",
    /"a" must be FP32 \[-1, 2\], but was \[2\]/,
  ],
  "with too few elements": [
    { modelName: "FP32", inputs: [{ ...X, shape: [3n], contents: TWO }] },
    "InvalidArgument",
    /needs 3 elements in fp32_contents, but was given 2/,
  ],
  "with elements in the field of another datatype": [
    { modelName: "FP32", inputs: [{ ...X, contents: { fp64Contents: [1, 2] } }] },
    "InvalidArgument",
    /elements in fp32_contents, but has some in fp64_contents/,
  ],
  "with an element too large for its datatype": [
    { modelName: "UINT8", inputs: [{ ...u8, contents: { uintContents: [255, 256] } }] },
    "InvalidArgument",
    /element 1 must be UINT8, but was 256/,
  ],
  "with an element too small for its datatype": [
    { modelName: "INT16", inputs: [{ ...i16, contents: { intContents: [-32_769] } }] },
    "InvalidArgument",
    /element 0 must be INT16, but was -32769/,
  ],
  "with too few raw bytes": [
    { ...good, inputs: [X], rawInputContents: [eight.subarray(1)] },
    "InvalidArgument",
    /needs 8 bytes, but was given 7/,
  ],
  "with more raw contents than inputs": [
    { ...good, inputs: [X], rawInputContents: [eight, eight] },
    "InvalidArgument",
    /each of the 1 inputs, or none: there were 2/,
  ],
  "with raw and typed contents": [
    { ...good, rawInputContents: [eight] },
    "InvalidArgument",
    /all must be raw, or none/,
  ],
  "with text that is not UTF-8": [
    { modelName: "BYTES", inputs: [{ ...text, contents: { bytesContents: [NOT_UTF8] } }] },
    "InvalidArgument",
    /element 0 is not UTF-8/,
  ],
  "with an input in shared memory": [
    { modelName: "FP32", inputs: [{ ...X, parameters: SHARED }] },
    "InvalidArgument",
    /Input "x" is in shared memory, which this server does not have/,
  ],
  "with an unknown output": [
    { ...good, outputs: [{ name: "y" }] },
    "InvalidArgument",
    /Unknown output "y"/,
  ],
  "with too many outputs": [
    { ...good, outputs: Array.from({ length: 1025 }, () => ({ name: "x" })) },
    "InvalidArgument",
    /at most 1024 outputs/,
  ],
  "with too many parameters": [
    {
      ...good,
      parameters: Object.fromEntries(
        Array.from({ length: 1025 }, (_, at) => [
          `p${at}`,
          { parameterChoice: { case: "boolParam", value: true } },
        ]),
      ),
    },
    "InvalidArgument",
    /at most 1024 parameters/,
  ],
  "that the model refuses": [{ ...good, modelName: "refuses" }, "InvalidArgument", /x is odd/],
  "of a busy model": [{ ...good, modelName: "busy" }, "Unavailable", /too many calls/],
  "of a model that crashes": [{ ...good, modelName: "crashes" }, "Internal", /^(?!.*secret)/],
};

for (const way of WAYS) {
  test(`ModelInfer answers its errors by their codes over ${way}`, async () => {
    using _ = silenced();
    for (const [what, [request, code, text]] of Object.entries(FAILING)) {
      const answer = await infer(way, request);
      assert.equal(answer.code, code, `A request ${what}: ${answer.text}`);
      assert.match(answer.text, text, what);
    }
    assert.equal(served.models.leases, 0);
  });
}
