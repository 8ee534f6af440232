import assert from "node:assert/strict";
import { test } from "node:test";
import { joinBytes } from "../../src/bytes.ts";
import type { CheckedInput } from "../../src/oip/check-inputs.ts";
import { datatypeOf } from "../../src/oip/datatypes.ts";
import { readInferRequest } from "../../src/oip/read-request.ts";
import { rawOfTensor, tensorOfRaw } from "../../src/oip/tensor-bytes.ts";
import { DTYPES, type DType, type Tensor } from "../../src/tensor.ts";
import { Random, SEED, seeded } from "../support/random.ts";
import { ELEMENTS } from "./elements.ts";
import { binaryBody, metadata, read, refuses, type Sent, spec } from "./requests.ts";

const x = { name: "x", datatype: "FP32", shape: [2] };

/** Returns a body with one input in raw bytes. */
function sent(input: object, raw: Uint8Array, size: unknown = raw.length): Sent {
  return binaryBody({ inputs: [{ ...input, parameters: { binary_data_size: size } }] }, raw);
}

test("readInferRequest() refuses raw bytes that do not fit", async () => {
  const model = metadata([spec("x", "float32", [-1])]);
  const raw = new Uint8Array(8);
  const [body] = sent(x, raw);
  const cases: readonly (readonly [sent: Sent, reason: RegExp])[] = [
    [sent(x, raw, 7), /8 bytes behind its JSON, but the "binary_data_size" of its inputs are 7/],
    [sent(x, raw, 9), /claims 9 bytes \("binary_data_size"\), but only 8 are left in the body/],
    [sent(x, raw, 2 ** 60), /but only 8 are left/],
    [sent(x, raw, -8), /"binary_data_size" must be a whole number from 0 up, but was -8/],
    [sent(x, raw, 7.5), /must be a whole number from 0 up, but was 7.5/],
    [sent(x, raw, "8"), /must be a whole number from 0 up, but was "8"/],
    [sent({ ...x, shape: [3] }, raw), /FP32 and shape \[3\] needs 12 bytes, but was given 8/],
    [sent({ ...x, shape: [2 ** 31 - 1] }, raw), /needs 8589934588 bytes, but was given 8/],
    [[body, "9999"], /must be the length of the JSON in bytes, at most that of the body/],
    [[body, "-1"], /but was "-1"/],
    [[body, "1e3"], /but was "1e3"/],
    [[body, "8, 8"], /but was "8, 8"/],
    [[body, ""], /but was ""/],
    [[body, "5"], /it ends too early, at byte 5/],
  ];
  for (const [body, reason] of cases) await refuses(model, body, reason);
});

test("readInferRequest() reads raw bytes and JSON beside one another", async () => {
  const model = metadata([
    spec("a", "int16", [1]),
    spec("b", "int16", [1]),
    spec("c", "bool", [2]),
  ]);
  const raw = { parameters: { binary_data_size: 2 } };
  const inputs = [
    { name: "c", datatype: "BOOL", shape: [2], ...raw },
    { name: "b", datatype: "INT16", shape: [1], data: [5] },
    { name: "a", datatype: "INT16", shape: [1], ...raw },
  ];
  const bytes = new Uint8Array([7, 0, 255, 255]);
  assert.deepEqual((await read(model, binaryBody({ inputs }, bytes))).inputs, {
    c: { dtype: "bool", shape: [2], data: new Uint8Array([1, 0]) },
    b: { dtype: "int16", shape: [1], data: new Int16Array([5]) },
    a: { dtype: "int16", shape: [1], data: new Int16Array([-1]) },
  });
});

function checked(dtype: DType, datatype: CheckedInput["datatype"], size: number): CheckedInput {
  return { name: "x", dtype, datatype, shape: [size], size };
}

test("tensorOfRaw() returns a view of aligned bytes, and a copy of others", () => {
  const memory = new Uint8Array(4 * 100 + 1);
  const aligned = tensorOfRaw(checked("float32", "FP32", 100), memory.subarray(0, 400)) as Tensor;
  assert.equal((aligned.data as Float32Array).buffer, memory.buffer);
  const moved = tensorOfRaw(checked("float32", "FP32", 100), memory.subarray(1)) as Tensor;
  assert.notEqual((moved.data as Float32Array).buffer, memory.buffer);
  const bools = tensorOfRaw(checked("bool", "BOOL", 100), memory.subarray(1, 101)) as Tensor;
  assert.equal((bools.data as Uint8Array).buffer, memory.buffer);
});

test("tensorOfRaw() moves unaligned bytes where those before them are free", () => {
  const input = checked("float32", "FP32", 2);
  const values = new Float32Array([1.5, -2]);
  for (let at = 0; at < 8; at++) {
    for (const free of [0, 3]) {
      const memory = joinBytes([new Uint8Array(at).fill(7), new Uint8Array(values.buffer)]);
      const { data } = tensorOfRaw(input, memory.subarray(at, at + 8), undefined, free) as Tensor;
      assert.deepEqual(data, values, `${at}`);
      const isView = (data as Float32Array).buffer === memory.buffer;
      assert.equal(isView, at % 4 <= free, `${free} bytes free before ${at}`);
      const kept = at % 4 <= free ? at - (at % 4) : at;
      assert.ok(memory.subarray(0, kept).every((byte) => byte === 7));
    }
  }
});

test("readInferRequest() makes the tensors in the place of the body that it owns", async () => {
  await seeded(async (random) => {
    for (let run = 0; run < 200; run++) {
      const tensors = Array.from({ length: 1 + random.below(4) }, () => {
        const dtype = random.of(DTYPES);
        const [, data] = ELEMENTS[dtype];
        return { dtype, shape: [2], data } satisfies Tensor;
      });
      const raw = await Promise.all(tensors.map((tensor) => rawOfTensor(tensor)));
      const inputs = tensors.map(({ dtype, shape }, at) => ({
        name: `x${at}`,
        datatype: datatypeOf(dtype),
        shape,
        parameters: { binary_data_size: raw[at]?.length },
      }));
      const model = metadata(tensors.map(({ dtype }, at) => spec(`x${at}`, dtype, [2])));
      const head = `${JSON.stringify({ inputs })}${" ".repeat(random.below(8))}`;
      const [body, header] = binaryBody(head, ...raw);
      for (const ownsBody of [false, true]) {
        const copy = body.slice();
        const request = await readInferRequest(copy, header, model, { ownsBody });
        assert.deepEqual(Object.values(request.inputs), tensors);
        if (!ownsBody) assert.deepEqual(copy, body, "a body of others is not changed");
        const [first] = Object.values(request.inputs);
        if (!ownsBody || first === undefined || Array.isArray(first.data)) continue;
        assert.equal(first.data.buffer, copy.buffer);
      }
    }
  });
});

test("tensorOfRaw() widens BF16 to FP32 exactly, whatever the alignment", () => {
  const values = [1, -0, 3.140625, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** -133];
  const upper = new Uint16Array(Float32Array.from(values).buffer).filter((_, at) => at % 2 === 1);
  const bytes = joinBytes([new Uint8Array(1), new Uint8Array(upper.buffer)]).subarray(1);
  const tensor = tensorOfRaw(checked("float32", "BF16", values.length), bytes) as Tensor;
  assert.deepEqual([...(tensor.data as Float32Array)], values);
});

test("tensorOfRaw() refuses elements of BYTES that do not fit", async () => {
  const cases: readonly (readonly [bytes: readonly number[], size: number, reason: RegExp])[] = [
    [[], 1, /needs at least 4 bytes, but was given 0/],
    [[1, 0, 0, 0], 1, /element 0 of 1 claims 1 bytes, beyond the end of its data/],
    [[255, 255, 255, 255, 65], 1, /claims 4294967295 bytes, beyond the end/],
    [[1, 0, 0, 0, 65, 0, 0, 0], 2, /element 1 of 2 has no length, beyond the end/],
    [[1, 0, 0, 0, 65, 0], 1, /has 1 elements in 5 bytes, but was given 6/],
    [[1, 0, 0, 0, 255], 1, /element 0 is not UTF-8/],
    [[0], 0, /needs 0 bytes, but was given 1/],
    [[0, 0, 0, 0], 1000, /needs at least 4000 bytes, but was given 4/],
  ];
  for (const [bytes, size, message] of cases) {
    const read = async () =>
      await tensorOfRaw(checked("string", "BYTES", size), new Uint8Array(bytes));
    await assert.rejects(read, { code: "invalid_argument", message });
  }
});

test("rawOfTensor() and tensorOfRaw() keep texts, however many", async () => {
  const random = new Random(SEED);
  const letters = ["a", "é", "漢", "🙂", "\0", ""];
  for (const size of [0, 1, 5, 20_000]) {
    const data = Array.from({ length: size }, () =>
      Array.from({ length: random.below(9) }, () => random.of(letters)).join(""),
    );
    const bytes = await rawOfTensor({ dtype: "string", shape: [size], data });
    const encoded = data.map((text) => new TextEncoder().encode(text));
    assert.equal(
      bytes.length,
      encoded.reduce((sum, { length }) => sum + 4 + length, 0),
    );
    const back = await tensorOfRaw(checked("string", "BYTES", size), bytes);
    assert.deepEqual(back, { dtype: "string", shape: [size], data }, `SEED=${SEED}`);
  }
});
