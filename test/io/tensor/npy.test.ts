import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../../src/error.ts";
import { npyOfTensor, tensorOfNpy } from "../../../src/io/tensor/npy.ts";
import { DTYPES, type Tensor, tensor } from "../../../src/tensor.ts";
import { Random, SEED } from "../../support/random.ts";

/** Files written by NumPy 2.4, in base64. */
const NUMPY: readonly (readonly [what: string, value: Tensor, file: string])[] = [
  [
    "float32",
    tensor("float32", [2, 2], Float32Array.of(1, 2.5, -3, 0)),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog" +
      "KDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAoAAIA/AAAgQAAAQMAAAAAA",
  ],
  [
    "float16, big-endian",
    tensor("float16", [2], Float16Array.of(1.5, -2)),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog" +
      "KDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAo+AMAA",
  ],
  [
    "int16 in Fortran order, big-endian",
    tensor("int16", [2, 3], Int16Array.of(1, 2, 3, 4, 5, 6)),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAo" +
      "MiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAoAAQAEAAIABQADAAY",
  ],
  [
    "three axes in Fortran order",
    tensor(
      "int8",
      [2, 3, 2],
      Int8Array.from({ length: 12 }, (_, at) => at),
    ),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfGkxJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAo" +
      "MiwgMywgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAoABgIIBAoBBwMJBQs",
  ],
  [
    "int64",
    tensor("int64", [2], BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n))),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog" +
      "KDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAr/////////fwAAAAAAAACA",
  ],
  [
    "bool",
    tensor("bool", [2], Uint8Array.of(1, 0)),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog" +
      "KDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAoBAA",
  ],
  [
    "a scalar",
    tensor("uint8", [], Uint8Array.of(7)),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog" +
      "KCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAoH",
  ],
  [
    "no elements",
    tensor("float64", [0, 3], new Float64Array()),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog" +
      "KDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAo",
  ],
  [
    "text",
    tensor("string", [3], ["a", "日😀", ""]),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPFUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog" +
      "KDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAphAAAAAAAAAOVlAAAA9gEAAAAAAAAAAAA",
  ],
  [
    "bytes",
    tensor("string", [2], ["ab", ""]),
    "k05VTVBZAQB2AHsnZGVzY3InOiAnfFMyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog" +
      "KDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAphYgAA",
  ],
  [
    "version 2.0",
    tensor("uint32", [1], Uint32Array.of(1)),
    "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8dTQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUn" +
      "OiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAoBAAAA",
  ],
  [
    "version 3.0",
    tensor("uint32", [1], Uint32Array.of(1)),
    "k05VTVBZAwB0AAAAeydkZXNjcic6ICc8dTQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUn" +
      "OiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgIAoBAAAA",
  ],
];

for (const [what, value, file] of NUMPY) {
  test(`tensorOfNpy() reads ${what}`, () => {
    const bytes = new Uint8Array(Buffer.from(file, "base64"));
    assert.deepEqual(tensorOfNpy(bytes), value);
    // Bytes that lie anywhere in a larger buffer.
    const larger = new Uint8Array(bytes.length + 4).fill(0xff);
    larger.set(bytes, 1);
    assert.deepEqual(tensorOfNpy(larger.subarray(1, bytes.length + 1)), value);
  });
}

test("npyOfTensor() writes what NumPy does", () => {
  const ofItsOwn = NUMPY.filter(([what]) => !/endian|order|version|bytes/.test(what));
  assert.equal(ofItsOwn.length, 6);
  for (const [what, value, file] of ofItsOwn) {
    const written = Buffer.from(npyOfTensor(value)).toString("base64").replace(/=+$/, "");
    assert.equal(written, file, what);
  }
});

/** A .npy file of a header and some elements. */
function npy(header: string, elements = new Uint8Array(), version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const size = version === 1 ? 2 : 4;
  const bytes = new Uint8Array(8 + size + text.length + elements.length);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  bytes.set(text, 8 + size);
  bytes.set(elements, 8 + size + text.length);
  return bytes;
}

const literal = (descr: string, shape = "2,", order = "False"): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': (${shape}), }`;

test("tensorOfNpy() reads headers in any form that NumPy reads", () => {
  const two = Uint8Array.of(1, 2);
  const value = tensor("uint8", [2], two);
  for (const header of [
    "{'shape': (2,), 'fortran_order': False, 'descr': '|u1'}\n",
    '{"descr": "u1", "fortran_order": False, "shape": (2,)}',
    "{'descr':'<u1','fortran_order':True,'shape':(2L,)}   ",
  ]) {
    assert.deepEqual(tensorOfNpy(npy(header, two)), value, header);
  }
});

const REFUSED: readonly (readonly [what: string, file: Uint8Array, message: RegExp])[] = [
  ["objects", npy(literal("'|O'"), new Uint8Array(16)), /its dtype is \|O, of objects, which only/],
  ["complex numbers", npy(literal("'<c8'"), new Uint8Array(16)), /<c8, of complex numbers/],
  ["dates", npy(literal("'<M8[ns]'"), new Uint8Array(16)), /of dates; a tensor's is one of f2/],
  ["a long double", npy(literal("'<f16'"), new Uint8Array(32)), /its dtype is <f16; a tensor's/],
  ["a structure", npy(literal("[('a', '<f4')]"), new Uint8Array(8)), /several fields/],
  ["an invalid dtype", npy(literal(`'${"x".repeat(500)}'`)), /its dtype is x{100}…;/],
  ["too few bytes", npy(literal("'<f4'"), new Uint8Array(7)), /must have 8 bytes .* but has 7/],
  ["too many bytes", npy(literal("'<f4'"), new Uint8Array(9)), /must have 8 bytes .* but has 9/],
  ["a tiny bomb", npy(literal("'<f8'", "1000000, 1000000")), /must have 8000000000000 bytes/],
  ["elements without a size", npy(literal("'<U0'", "1000000000000,")), /elements have no size/],
  ["no number for a length", npy(literal("'<f4'", "-1,")), /its header must be a dictionary/],
  ["a length that is no number", npy(literal("'<f4'", "9999999999999999,")), /its shape is/],
  ["many axes", npy(literal("'<f4'", "1,".repeat(65))), /it has 65 axes, but may have at most 64/],
  ["code for a header", npy("__import__('os').exit()"), /its header must be a dictionary/],
  ["a header without a shape", npy("{'descr': '<f4', 'fortran_order': False}"), /dictionary/],
  ["a header with more", npy(literal("'<f4'").replace("}", "'a': 'b'}")), /dictionary/],
  ["a long header", npy(" ".repeat(10_001)), /has 10001 bytes, but may have at most 10000/],
  ["half a header", npy(literal("'<f4'")).subarray(0, 40), /ends within its header/],
  ["half a prefix", npy("").subarray(0, 9), /ends within its header/],
  ["another version", npy("{}", new Uint8Array(), 4), /version is 4\.0, but must be 1\.0, 2\.0/],
  ["another file", Uint8Array.of(0x50, 0x4b, 3, 4), /does not begin with the bytes \\x93NUMPY/],
  ["no bytes", new Uint8Array(), /does not begin/],
  ["no Unicode", npy(literal("'<U1'", "1,"), new Uint8Array(4).fill(255)), /string 0 .* Unicode/],
  ["no UTF-8", npy(literal("'S1'"), Uint8Array.of(97, 255)), /string 1 .* Unicode/],
];

for (const [what, file, message] of REFUSED) {
  test(`tensorOfNpy() refuses ${what}`, () => {
    assert.throws(() => tensorOfNpy(file), { code: "invalid_argument", message });
  });
}

/** A tensor of any dtype and shape. */
function anyTensor(random: Random): Tensor {
  const dtype = random.of(DTYPES);
  const shape = Array.from({ length: random.below(4) }, () => random.below(4));
  const made = tensor(dtype, shape);
  if (dtype === "string") {
    const words = ["", "a", "日本", "😀"];
    for (let at = 0; at < made.data.length; at++) made.data[at] = words[random.below(4)] as string;
  } else if (dtype !== "bool") {
    const view = made.data as Float64Array;
    const memory = new Uint8Array(view.buffer);
    // No sign or exponent that a NaN could have, whose bits are not kept.
    for (let at = 0; at < memory.length; at++) memory[at] = random.below(0x38);
  }
  return made;
}

test("npyOfTensor() and tensorOfNpy() give back any tensor", () => {
  const random = new Random(SEED);
  for (let run = 0; run < 300; run++) {
    const value = anyTensor(random);
    assert.deepEqual(tensorOfNpy(npyOfTensor(value)), value, `SEED=${SEED}`);
  }
});

test("tensorOfNpy() reads or refuses any bytes", () => {
  const random = new Random(SEED);
  for (let run = 0; run < 1000; run++) {
    const [, , file = ""] = random.of(NUMPY);
    const bytes = random.mutated(new Uint8Array(Buffer.from(file, "base64")));
    try {
      tensorOfNpy(bytes);
    } catch (error) {
      assert.ok(error instanceof ServiceError, `SEED=${SEED}: ${error}`);
      assert.equal(error.code, "invalid_argument");
    }
  }
});

test("npyOfTensor() refuses one long string among many", () => {
  const data = Array.from({ length: 100_000 }, () => "");
  data[7] = "x".repeat(1000);
  const sent = () => npyOfTensor(tensor("string", [data.length], data));
  assert.throws(sent, { code: "failed_precondition", message: /100000 strings of up to 1000/ });
});
