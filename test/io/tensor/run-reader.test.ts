import assert from "node:assert/strict";
import { test } from "node:test";
import { numberRuns } from "../../../src/io/json/number-runs.ts";
import { readTensor } from "../../../src/io/tensor/json.ts";
import { TensorReader } from "../../../src/io/tensor/reader.ts";
import type { DType, Tensor } from "../../../src/tensor.ts";
import { type Random, seeded } from "../../support/random.ts";

const encoder = new TextEncoder();

test("numberRuns() is open on Bun, Deno and Node", () => {
  assert.ok(numberRuns());
});

/** Numbers as programs write them, halves between two doubles, and numbers of any digits. */
const NUMBERS: readonly ((random: Random) => string)[] = [
  (random) => String(random.below(300)),
  (random) => String(random.next()),
  (random) => String(Math.fround(random.next() * 8 - 4)),
  // Near the middle of two floats, where the last bits of a double decide.
  (random) => {
    const float = 2 ** 24 + 2 * random.below(2 ** 23);
    const middle = (float + 1) / 2 ** (20 + random.below(6));
    return random.of([String(middle), middle.toFixed(15), String(middle * (1 + 2 ** -52))]);
  },
  (random) => (random.next() * 100).toFixed(random.below(20)),
  (random) => String((random.next() - 0.5) * 10 ** (random.below(600) - 300)),
  (random) => `1${random.digits(random.below(20))}.${random.digits(1 + random.below(24))}`,
  (random) => `0.${"0".repeat(random.below(12))}${random.digits(1 + random.below(20))}`,
  (random) => `-9${random.digits(random.below(6))}e${random.below(150) - 75}`,
  (random) => `${random.digits(1).replace("0", "3")}.${random.digits(5)}E+0${random.below(99)}`,
  (random) => {
    const halfway = 2n * BigInt(2 ** 52 + random.below(2 ** 40)) + 1n;
    const places = 1 + random.below(3);
    const digits = String(halfway * 5n ** BigInt(places));
    return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  },
];

test("readTensor() reads random numbers as JSON.parse does, bit for bit", () => {
  seeded((random) => {
    for (let run = 0; run < 200; run++) {
      const kinds = [random.of(NUMBERS), random.of(NUMBERS)];
      const row = () => Array.from({ length: 7 }, () => random.of(kinds)(random));
      const rows = Array.from({ length: 30 }, row);
      const separator = random.of([",", ", ", ",\n            ", "\t, "]);
      const text = `[[${rows.map((each) => each.join(separator)).join("],[")}]]`;
      const wanted = (JSON.parse(text) as number[][]).flat();
      for (const dtype of ["float64", "float32"] as const) {
        const made = readTensor(encoder.encode(text), dtype);
        assert.ok(!(made instanceof Promise));
        assert.deepEqual(made.shape, [30, 7]);
        const exact = dtype === "float64" ? Float64Array.from(wanted) : Float32Array.from(wanted);
        const bad = exact.findIndex((number, at) => !Object.is(number, made.data[at]));
        assert.equal(bad, -1, `${rows.flat()[bad]} was read as ${made.data[bad]} (${dtype})`);
      }
    }
  });
});

const SEPARATORS: readonly string[] = [",", ", ", ",\n  ", " ,", ",\t"];

/** Whole numbers of as many digits as are read at a time, fewer and more. */
const DIGITS: readonly ((random: Random) => number)[] = [
  (random) => random.below(10),
  (random) => random.below(128),
  (random) => random.below(127) - 128,
  (random) => random.below(256),
  (random) => random.below(1200),
  (random) => random.below(2 ** 31),
  (random) => random.below(2 ** 45),
];

/** The least and the greatest number of dtypes. */
const RANGES: readonly [dtype: DType, min: number, max: number][] = [
  ["float32", -Infinity, Infinity],
  ["float64", -Infinity, Infinity],
  ["int8", -128, 127],
  ["uint8", 0, 255],
  ["int32", -(2 ** 31), 2 ** 31 - 1],
  ["int64", -Infinity, Infinity],
  ["uint64", 0, Infinity],
];

test("readTensor() reads rows of random whole numbers as JSON.parse does", () => {
  seeded((random) => {
    for (let run = 0; run < 400; run++) {
      const numbers = [random.of(DIGITS), random.of(DIGITS)];
      const length = 1 + random.below(70);
      const separators = [random.of(SEPARATORS), random.of(SEPARATORS)];
      const rows = Array.from({ length: 1 + random.below(40) }, () =>
        Array.from({ length }, () => random.of(numbers)(random)),
      );
      const texts = rows.map((row) => row.join(random.of(separators)));
      const text = `[[${texts.join(`]${random.of(SEPARATORS)}[`)}]]`;
      for (const [dtype, min, max] of RANGES) {
        const bad = rows.flat().findIndex((number) => number < min || number > max);
        const read = () => readTensor(encoder.encode(text), dtype);
        if (bad >= 0) {
          const path = `: [${Math.floor(bad / length)}][${bad % length}] must`;
          assert.throws(read, (error: Error) => error.message.includes(path), `${dtype}: ${text}`);
          continue;
        }
        const { shape, data } = read() as Tensor;
        assert.deepEqual(shape, [rows.length, length]);
        const wanted = dtype === "float32" ? rows.flat().map(Math.fround) : rows.flat();
        assert.deepEqual(Array.from(data, Number), wanted, `${dtype}: ${text}`);
      }
    }
  });
});

test("readTensor() reads no number with another character in it", () => {
  seeded((random) => {
    for (let run = 0; run < 1000; run++) {
      const separator = random.of([",", ", "]);
      const numbers = Array.from({ length: 50 }, () => String(random.below(run % 2 ? 300 : 9)));
      const text = numbers.join(separator);
      const at = random.below(text.length);
      const broken = `[${text.slice(0, at)}${random.of(["\0", "/", "x", "]", "[", "-", "'"])}`;
      const bytes = encoder.encode(`${broken}${text.slice(at + 1)}]`);
      const asNumbers = (() => {
        try {
          const read = JSON.parse(new TextDecoder().decode(bytes)) as unknown[];
          return read.every((number) => typeof number === "number") ? read : undefined;
        } catch {
          return undefined;
        }
      })();
      const read = () => readTensor(bytes, "float32") as Tensor;
      if (asNumbers === undefined) assert.throws(read, { code: "invalid_argument" });
      else assert.deepEqual([...read().data], asNumbers);
    }
  });
});

const WHOLE: readonly [dtype: DType, numbers: readonly (number | bigint)[]][] = [
  ["int64", [2n ** 63n - 1n, -(2n ** 63n) + 1n, 0n, -1n, 2n ** 53n + 1n]],
  ["uint64", [10n ** 19n - 1n, 0n, 2n ** 53n + 1n, 7n, 8n]],
  ["int8", [127, -128, 0, 1, 2]],
  ["uint32", [2 ** 32 - 1, 0, 1, 2, 3]],
  ["float16", [65504, -65504, 0, 1, 2]],
];

for (const [dtype, numbers] of WHOLE) {
  test(`readTensor() reads rows of ${dtype} exactly`, async () => {
    const rows = Array.from({ length: 4 }, () => `[${numbers.join(",")}]`);
    const made = await readTensor(encoder.encode(`[${rows}]`), dtype);
    assert.deepEqual([made.shape, [...made.data].slice(-5)], [[4, 5], [...numbers]]);
  });
}

test("readTensor() reads several texts in turns", () => {
  const texts = ["[1,2,3,4,5,6]", "[[0.5],[1.5],[2.5]]", "[true,false,true]", "[1e400]"];
  const readers = texts.map((text) => new TensorReader(encoder.encode(text), 0));
  const done = new Set<TensorReader>();
  while (done.size < 3) {
    for (const reader of readers.slice(0, 3)) {
      if (!done.has(reader) && reader.read(3)) done.add(reader);
    }
    const refused = new TensorReader(encoder.encode("[7,7,7,1e400]"), 0);
    assert.throws(() => refused.read(100), /largest double/);
  }
  assert.deepEqual(
    readers.slice(0, 3).map((reader) => [...reader.finish().data]),
    [
      [1, 2, 3, 4, 5, 6],
      [0.5, 1.5, 2.5],
      [1, 0, 1],
    ],
  );
});

test("readTensor() reads rows across the steps of a large text", async () => {
  const row = Array.from({ length: 224 }, (_, at) => (at - 100) / 7);
  const rows = Array.from({ length: 300 }, () => row);
  const { shape, data } = await readTensor(encoder.encode(JSON.stringify([rows, rows])), "float32");
  assert.deepEqual(shape, [2, 300, 224]);
  assert.deepEqual(data.subarray(-224), Float32Array.from(row));
  assert.deepEqual(data.subarray(224 * 299, 224 * 300), Float32Array.from(row));
});
