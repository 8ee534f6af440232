import assert from "node:assert/strict";
import { test } from "node:test";
import { readTensor, requireEnd } from "../../../src/io/tensor/json.ts";
import { fromNested } from "../../../src/io/tensor/nested.ts";
import { TensorReader } from "../../../src/io/tensor/reader.ts";
import { writeTensor } from "../../../src/io/tensor/writer.ts";
import { DTYPES, type DType, type Tensor } from "../../../src/tensor.ts";
import { type Random, seeded } from "../../support/random.ts";

const encoder = new TextEncoder();
const read = async (text: string, dtype?: DType, enforceDtype?: boolean): Promise<Tensor> =>
  readTensor(encoder.encode(text), dtype, { enforceDtype });

const UNTYPED: readonly [text: string, dtype: DType, data: readonly unknown[]][] = [
  ["[1, 2.5]", "float64", [1, 2.5]],
  ["[NaN, -Infinity, Infinity, 1]", "float64", [Number.NaN, -Infinity, Infinity, 1]],
  ["[NaN]", "float64", [Number.NaN]],
  ['["NaN", 1]', "float64", [Number.NaN, 1]],
  ['["NaN", "x,y"]', "string", ["NaN", "x,y"]],
  ['["NaN"]', "string", ["NaN"]],
  ["[true, false]", "bool", [1, 0]],
  ["\ufeff [ 1 , 2 ] \n", "float64", [1, 2]],
  ["9007199254740992", "int64", [2n ** 53n]],
  ["[1, -9007199254740993]", "int64", [1n, -(2n ** 53n) - 1n]],
  ["[9223372036854775807, -9223372036854775808]", "int64", [2n ** 63n - 1n, -(2n ** 63n)]],
  ["[1, 9007199254740993, 18446744073709551615]", "uint64", [1n, 2n ** 53n + 1n, 2n ** 64n - 1n]],
  // Beside a fraction they are floats, as in NumPy; whichever comes first.
  ["[9007199254740993, 0.5]", "float64", [2 ** 53, 0.5]],
  ["[0.5, 9007199254740993]", "float64", [0.5, 2 ** 53]],
  ["[9007199254740993, NaN]", "float64", [2 ** 53, Number.NaN]],
  ["[123456789012345678901, 1e0]", "float64", [123456789012345680000, 1]],
  // What JavaScript writes of a double.
  ["[100000000000000000000]", "float64", [1e20]],
];

for (const [text, dtype, data] of UNTYPED) {
  test(`readTensor() makes ${text} ${dtype}`, async () => {
    const made = await read(text);
    assert.deepEqual([made.dtype, [...made.data]], [dtype, data]);
  });
}

const TYPED: readonly [text: string, dtype: DType, data: readonly unknown[]][] = [
  ['[9223372036854775807, 1.9, true, "-5"]', "int64", [2n ** 63n - 1n, 1n, 1n, -5n]],
  ["[18446744073709551615, 0]", "uint64", [2n ** 64n - 1n, 0n]],
  ["[9007199254740993, NaN]", "float32", [2 ** 53, Number.NaN]],
  ["[0.1, 1e300]", "float32", [Math.fround(0.1), Infinity]],
  ["[9007199254740993, 0, false]", "bool", [1, 0, 0]],
  ['["a\\u00e9\\n", "\\ud800", "ü"]', "string", ["aé\n", "\ud800", "ü"]],
];

for (const [text, dtype, data] of TYPED) {
  test(`readTensor() makes ${text} of dtype ${dtype}`, async () => {
    assert.deepEqual([...(await read(text, dtype)).data], data);
  });
}

const REFUSED: readonly [text: string, dtype: DType | undefined, message: RegExp][] = [
  ["", undefined, /: the body is empty$/],
  [" \n", undefined, /: the body has only white space$/],
  ["[1, 2", undefined, /: it ends too early, at byte 5$/],
  ["[1, 2]]", undefined, /: unexpected "]" at byte 6$/],
  ["[1, nan]", undefined, /: unexpected "nan" at byte 4$/],
  ["[01]", undefined, /: unexpected "1" at byte 2$/],
  ["[1,]", undefined, /: unexpected "]" at byte 3$/],
  ["[1 2]", undefined, /: unexpected "2" at byte 3$/],
  ["[1, 1e400]", undefined, /beyond ±1\.8e308.*\(byte 4 of the body\)$/],
  [
    "[[1, 2], [3]]",
    undefined,
    /: \[1\] must be an array of 2, as \[0\] is, but was an array of 1 \(/,
  ],
  ["[[1], [2, 3]]", undefined, /ragged arrays: \[1\] must be an array of 1, as \[0\] is/],
  ["[[1], 2]", undefined, /\[1\] must be an array of 1, as \[0\] is, but was 2 \(byte 6 of/],
  ["[1, [2]]", undefined, /\[1\] must be a number.*but was an array \(byte 4/],
  ["[[], [1]]", undefined, /\[1\] must be an array of 0, as \[0\] is/],
  ["[[1], []]", undefined, /\[1\] must be an array of 1, as \[0\] is, but was an array of 0/],
  ["[[1, 2], [3, null]]", undefined, /float64.*: \[1\]\[1\] must be a number.*was null \(byte 13/],
  ["[true, 1]", undefined, /bool, as its first elements are: \[1\] must be a boolean, but was 1/],
  ["[null]", undefined, /tensor: \[0\] must be a number, a boolean or a string, but was null \(/],
  ['{"a": 1}', undefined, /the value must be a number, a .*, or nested arrays of such, but was an/],
  ['{"a": 1}', "int8", /dtype int8: the value must be a whole.* or nested arrays of such, but was/],
  ["[-1, 18446744073709551615]", undefined, /without a dtype: 18446744073709551615 fits neither/],
  ["[123456789012345678901]", undefined, /123456789012345678901 fits neither int64 nor uint64/],
  ["[9223372036854775808]", "int64", /\[0\] must be a whole number.*but was 9223372036854775808/],
  ["[-9223372036854775809]", "int64", /but was -9223372036854775809/],
  ["[18446744073709551616]", "uint64", /but was 18446744073709551616/],
  ["[-9007199254740993]", "uint64", /but was -9007199254740993/],
  ["[NaN]", "int32", /\[0\] must be a whole number.*but was NaN/],
  ["[4294967296]", "uint32", /but was 4294967296/],
  [`${"[".repeat(33)}1`, undefined, /at most 32 axes/],
];

for (const [text, dtype, message] of REFUSED) {
  test(`readTensor() refuses ${text.slice(0, 40)} as ${dtype}`, async () => {
    await assert.rejects(read(text, dtype), { code: "invalid_argument", message });
  });
}

test("readTensor() names the byte that is not UTF-8", async () => {
  const bytes = Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d);
  await assert.rejects(async () => readTensor(bytes, "string"), {
    code: "invalid_argument",
    message: /the body is not UTF-8: byte 2 is 0xff$/,
  });
});

const LEAVES: readonly ((random: Random) => string)[] = [
  (random) => String(random.below(300) - 50),
  (random) => String(random.next() * 10 ** random.below(15)),
  (random) => random.of(["true", "false", '"NaN"', '"x"', "null", '"12"', "{}", "[]", "1.0", "-0"]),
];

function randomText(random: Random): string {
  const kinds = [random.of(LEAVES), random.of(LEAVES)];
  const shape = Array.from({ length: random.below(4) }, () => random.below(4));
  const build = (axis: number): string => {
    if (axis === shape.length) return random.of(kinds)(random);
    const length = random.below(40) === 0 ? random.below(4) : (shape[axis] ?? 0);
    const parts = Array.from({ length }, () => build(axis + 1));
    return `[${parts.join(random.of([",", " ,\n"]))}]`;
  };
  return build(0);
}

function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch {
    return "refused";
  }
}

test("TensorReader reads random arrays as JSON.parse and fromNested() do", () => {
  seeded((random) => {
    for (let i = 0; i < 6_000; i++) {
      const text = randomText(random);
      const dtype = random.of([undefined, ...DTYPES]);
      const options = { enforceDtype: random.below(2) === 0 };
      const bytes = encoder.encode(text);
      const made = outcome(() => {
        const reader = new TensorReader(bytes, 0, dtype, options);
        while (!reader.read(1 + random.below(40)));
        requireEnd(bytes, reader.end);
        return reader.finish();
      });
      const wanted = outcome(() => fromNested(JSON.parse(text), dtype, options));
      assert.deepEqual(made, wanted, `${text} as ${dtype}, ${JSON.stringify(options)}`);
      assert.deepEqual(
        outcome(() => readTensor(bytes, dtype, options)),
        wanted,
        text,
      );
    }
  });
});

test("readTensor() yields to other work, and stops when it is aborted", async () => {
  const text = encoder.encode(`[${"NaN,".repeat(1_000_000)}1]`);
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  });
  const { data } = await readTensor(text, "float32");
  clearInterval(timer);
  assert.equal(data.length, 1_000_001);
  assert.ok(turns > 0);
  const signal = AbortSignal.abort(new Error("gone"));
  await assert.rejects(async () => readTensor(text, "float32", {}, { signal }), /gone/);
});

test("readTensor() reads large arrays as small ones", async () => {
  const rows = Array.from({ length: 5000 }, (_, row) => [row, row / 3, 1 - row, 1e-5 * row]);
  const made = await read(JSON.stringify(rows));
  assert.deepEqual([made.shape, [...made.data]], [[5000, 4], rows.flat()]);
  const big = [...Array.from({ length: 50_000 }, (_, at) => BigInt(at)), 2n ** 62n + 1n];
  assert.deepEqual([...(await read(`[${big.join(",")}]`)).data], big);
});

const write = async (tensor: Tensor): Promise<string> =>
  new TextDecoder().decode(await writeTensor(tensor, "string"));

test("writeTensor() writes what readTensor() reads, of any shape", async () => {
  for (const text of [
    ...["5", "[]", "[[],[]]", "[[[]]]", "[1]", "[[1],[2]]", "[[[1,2],[3,4]],[[5,6],[7,8]]]"],
    ...['["a\\n","\\ud800"]', "[true,false]", "[9223372036854775807,1]", '[1,"NaN","-Infinity"]'],
    ...["[0.1,1e+21,1e-7,100000000000000000000]"],
  ]) {
    assert.equal(await write(await read(text)), text);
  }
  const long = JSON.stringify(Array.from({ length: 3000 }, (_, row) => [row, row + 0.5, "NaN"]));
  assert.equal(await write(await read(long)), long);
  const row = JSON.stringify([Array.from({ length: 30_000 }, (_, at) => at)]);
  assert.equal(await write(await read(row)), row);
});
