import assert from "node:assert/strict";
import { test } from "node:test";
import { classify } from "../../src/oip/classification.ts";
import { type Tensor, tensor } from "../../src/tensor.ts";
import { Random, SEED } from "../support/random.ts";

const y = { name: "y", isBatched: false, labels: undefined };

test("classify() returns value, index and label of the greatest elements", async () => {
  const rows = tensor("float32", [2, 3], new Float32Array([0.1, 0.7, 0.2, 1e-9, -1, 0.5]));
  const labels = ["cat", "dog"];
  const cases: readonly (readonly [Tensor, object, shape: number[], texts: string[]])[] = [
    [rows, { count: 1 }, [1], ["0.7:1:dog"]],
    [rows, { count: 2, isBatched: true }, [2, 2], ["0.7:1:dog", "0.2:2", "0.5:2", "1e-9:0:cat"]],
    [
      rows,
      { count: 9, isBatched: true, labels: undefined },
      [2, 3],
      [...["0.7:1", "0.2:2", "0.1:0"], ...["0.5:2", "1e-9:0", "-1:1"]],
    ],
    [
      tensor("int64", [3], new BigInt64Array([1n, 2n ** 60n, 1n])),
      { count: 3 },
      [3],
      [...["1152921504606846976:1:dog", "1:0:cat", "1:2"]],
    ],
    [tensor("float16", [2], new Float16Array([0.1, -0.1])), { count: 1 }, [1], ["0.1:0:cat"]],
    [
      tensor("float64", [2], new Float64Array([0.1, 1 / 3])),
      { count: 1 },
      [1],
      ["0.3333333333333333:1:dog"],
    ],
    [tensor("bool", [2], new Uint8Array([0, 1])), { count: 1 }, [1], ["1:1:dog"]],
    [
      tensor("float32", [], new Float32Array([3])),
      { count: 5, isBatched: true },
      [1, 1],
      ["3:0:cat"],
    ],
    [tensor("float32", [0, 3]), { count: 2, isBatched: true }, [0, 2], []],
    [tensor("float32", [2, 0]), { count: 2, isBatched: true }, [2, 0], []],
    [
      tensor(
        "float32",
        [4],
        new Float32Array([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]),
      ),
      { count: 4 },
      [4],
      [...["Infinity:1:dog", "1:3", "NaN:0:cat", "-Infinity:2"]],
    ],
  ];
  for (const [output, options, shape, texts] of cases) {
    const classes = await classify(output, { ...y, labels, count: 1, ...options });
    assert.deepEqual(classes, { dtype: "string", shape, data: texts });
  }
});

test("classify() refuses texts, and too many classes", async () => {
  const texts = tensor("string", [1], ["a"]);
  await assert.rejects(classify(texts, { ...y, count: 1 }), {
    code: "invalid_argument",
    message: /Output "y" is of BYTES, which have no classification/,
  });
  await assert.rejects(classify(tensor("int8", [40_000]), { ...y, count: 1e9 }), {
    code: "invalid_argument",
    message: /may be of at most 32768 classes, but 1000000000 were requested/,
  });
});

test("classify() finds the greatest of many elements", async () => {
  const random = new Random(SEED);
  for (let round = 0; round < 20; round++) {
    const width = 1 + random.below(3000);
    const height = 1 + random.below(50);
    // Few values, so that many are equal.
    const values = Float32Array.from({ length: width * height }, () => random.below(500) / 4);
    const count = 1 + random.below(width);
    const output = tensor("float32", [height, width], values);
    const { data } = await classify(output, { ...y, count, isBatched: true });
    const wanted = Array.from({ length: height }, (_, row) => {
      const part = [...values.subarray(row * width, (row + 1) * width)];
      const order = part.map((value, index) => ({ value, index }));
      order.sort((a, b) => b.value - a.value || a.index - b.index);
      return order.slice(0, count).map(({ value, index }) => `${value}:${index}`);
    });
    assert.deepEqual(data, wanted.flat(), `SEED=${SEED}`);
  }
});

test("classify() writes floats with no more digits than they have", async () => {
  const random = new Random(SEED);
  const values = Float32Array.from(
    { length: 2000 },
    () => (random.next() - 0.5) * 10 ** random.below(30),
  );
  const { data } = await classify(tensor("float32", [2000], values), { ...y, count: 2000 });
  for (const text of data) {
    const [value = "", index = ""] = text.split(":");
    assert.equal(Math.fround(Number(value)), values[Number(index)], `SEED=${SEED}`);
    const digits = value.replace(/^-|\.|e.*$/g, "").replace(/^0+|0+$/g, "");
    assert.ok(digits.length <= 9, value);
  }
});
