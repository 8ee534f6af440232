import assert from "node:assert/strict";
import { test } from "node:test";
import type { Io, IoHost } from "../../../src/io/io.ts";
import { type NdarrayOptions, ndarray } from "../../../src/io/tensor/ndarray.ts";
import { type Tensor, tensor } from "../../../src/tensor.ts";

const decode = async <In>(io: Io<In, never>, text: string, type?: string): Promise<In> =>
  io.decode({ bytes: new TextEncoder().encode(text), type });
const encode = async <Out>(io: Io<unknown, Out>, value: Out): Promise<string> =>
  new TextDecoder().decode((await io.encode(value)).bytes);

test("ndarray() takes nested arrays of any content type", async () => {
  for (const type of [undefined, "application/json", "application/x-www-form-urlencoded"]) {
    const expected = tensor("float64", [2, 2], Float64Array.of(1, 2, 3, 4));
    assert.deepEqual(await decode(ndarray(), "[[1, 2], [3, 4]]", type), expected);
  }
});

test("ndarray() converts to its dtype", async () => {
  const io = ndarray({ dtype: "uint8" });
  assert.deepEqual(await decode(io, "[1.7, true]"), tensor("uint8", [2], Uint8Array.of(1, 1)));
});

const SHAPES: readonly [string, readonly number[], readonly number[]][] = [
  ["[[1, 2], [3, 4]]", [2, 2], [2, 2]],
  ["[[1, 2], [3, 4]]", [-1, 2], [2, 2]],
  ["[1, 2, 3, 4]", [2, 2], [2, 2]],
  ["[1, 2, 3, 4]", [-1, 2], [2, 2]],
  ["[[1, 2], [3, 4]]", [4], [4]],
  ["[[1, 2], [3, 4]]", [-1], [4]],
  ["5", [1, 1], [1, 1]],
  ["[5]", [], []],
  // What cannot be reshaped is left as it is.
  ["[1, 2, 3]", [2, 2], [3]],
  ["[1, 2, 3]", [-1, 2], [3]],
  ["[1, 2, 3, 4]", [-1, -1], [4]],
  ["[1, 2, 3, 4]", [-1, -1, -1], [4]],
  ["[1]", [-1, 0], [1]],
  ["[]", [-1, 0], [0]],
  ["[]", [-1, 3], [0, 3]],
];

for (const [text, wanted, shape] of SHAPES) {
  test(`ndarray() makes ${text} of shape [${shape}] for [${wanted}]`, async () => {
    assert.deepEqual((await decode(ndarray({ shape: wanted }), text)).shape, shape);
  });
}

const ENFORCED: readonly [NdarrayOptions, string, RegExp][] = [
  [{ shape: [2, 2] }, "[1, 2, 3, 4]", /of shape \[4\]: it must be \[2, 2\]$/],
  [{ shape: [-1, 2] }, "[[1], [2]]", /of shape \[2, 1\]: it must be \[-1, 2\], where -1 is any/],
  [{ dtype: "int32" }, "[[1, 2], [3, 4.5]]", /int32: \[1\]\[1\] must be a whole.*was 4\.5/],
  [{ dtype: "bool" }, "[true, 1]", /bool: \[1\] must be a boolean, but was 1/],
  [{ dtype: "float32" }, "[true]", /float32: \[0\] must be a number/],
];

for (const [options, text, message] of ENFORCED) {
  const { dtype, shape } = options;
  test(`ndarray() refuses ${text} where ${JSON.stringify(options)} is enforced`, async () => {
    const io = ndarray({
      ...options,
      enforceDtype: dtype !== undefined,
      enforceShape: shape !== undefined,
    });
    await assert.rejects(decode(io, text), { code: "invalid_argument", message });
    await decode(ndarray(options), text);
  });
}

test("ndarray() takes arrays that fit enforced options", async () => {
  const io = ndarray({ dtype: "int64", shape: [-1, 2], enforceDtype: true, enforceShape: true });
  const { data } = await decode(io, '[[1, "9223372036854775807"]]');
  assert.deepEqual([...data], [1n, 2n ** 63n - 1n]);
});

const BAD = ["", "{", "[1,", "[[1, 2], [3]]", '{"a": 1}', `${"[".repeat(1e5)}${"]".repeat(1e5)}`];

for (const text of BAD) {
  test(`ndarray() refuses the body ${text.slice(0, 20)}`, async () => {
    await assert.rejects(decode(ndarray(), text), { code: "invalid_argument" });
  });
}

test("ndarray() encodes nested arrays", async () => {
  const value = tensor("float32", [2, 2], Float32Array.of(1, 2, Number.NaN, 0.5));
  assert.equal(await encode(ndarray({ dtype: "float32" }), value), "[[1,2],[null,0.5]]");
});

const NON_FINITE: readonly [NdarrayOptions["nonFinite"], IoHost, string][] = [
  [undefined, {}, "[null,null,null,0.5]"],
  [undefined, { nonFinite: "literal" }, "[NaN,Infinity,-Infinity,0.5]"],
  ["null", { nonFinite: "literal" }, "[null,null,null,0.5]"],
  ["string", {}, '["NaN","Infinity","-Infinity",0.5]'],
  ["literal", {}, "[NaN,Infinity,-Infinity,0.5]"],
];

for (const [nonFinite, host, text] of NON_FINITE) {
  test(`ndarray() answers ${text} for ${nonFinite}, ${JSON.stringify(host)}`, async () => {
    for (const dtype of ["float16", "float32", "float64"] as const) {
      const value = tensor(dtype, [4]);
      value.data.set([Number.NaN, Infinity, -Infinity, 0.5]);
      const { bytes } = await ndarray({ dtype, nonFinite }).encode(value, host);
      assert.equal(new TextDecoder().decode(bytes), text);
    }
  });
}

test("ndarray() answers integers with all their digits", async () => {
  const value = tensor("int64", [2], BigInt64Array.of(2n ** 63n - 1n, -1n));
  assert.equal(await encode(ndarray(), value), "[9223372036854775807,-1]");
});

const four = tensor("float32", [4]);
const UNENCODABLE: readonly [string, NdarrayOptions, unknown, RegExp][] = [
  ["an array", {}, [1, 2], /must be a tensor.*but was an array of 2/],
  ["undefined", {}, undefined, /must be a tensor.*but was undefined/],
  ["another dtype", { dtype: "int32" }, four, /a float32 tensor: its dtype must be int32/],
  ["another shape", { shape: [-1, 2], enforceShape: true }, four, /\[4\]: it must be \[-1, 2\]/],
  ["too few elements", {}, { ...four, shape: [5] }, /needs 5 elements, but has 4/],
];

for (const [what, options, value, message] of UNENCODABLE) {
  test(`ndarray() refuses to encode ${what}`, async () => {
    const encoded = encode(ndarray(options), value as Tensor);
    await assert.rejects(encoded, { name: "TypeError", message });
  });
}

const MISDEFINED: readonly [object, string, RegExp][] = [
  [{ dtype: "float" }, "TypeError", /dtype must be one of float16.*but was "float"/],
  [{ enforceDtype: true }, "TypeError", /enforceDtype needs a dtype/],
  [{ enforceShape: true }, "TypeError", /enforceShape needs a shape/],
  [{ shape: 3 }, "TypeError", /shape must be an array/],
  [{ nonFinite: "nan" }, "TypeError", /nonFinite must be one of null, string, literal/],
  [{ shape: [-2] }, "RangeError", /but was \[-2\]/],
  [{ shape: [1.5] }, "RangeError", /but was \[1\.5\]/],
];

for (const [options, name, message] of MISDEFINED) {
  test(`ndarray() refuses the options ${JSON.stringify(options)}`, () => {
    assert.throws(() => ndarray(options), { name, message });
  });
}
