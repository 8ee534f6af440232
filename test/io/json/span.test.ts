import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonReader } from "../../../src/io/json/reader.ts";
import { JsonSpan } from "../../../src/io/json/span.ts";
import { readTensorAt } from "../../../src/io/tensor/json.ts";
import { Random, SEED } from "../../support/random.ts";

const isSpan = (path: readonly string[]) => path.at(-1) === "data";

/** Reads a text in steps of some bytes, and returns its value. */
function readIn(text: string, stepBytes: number): unknown {
  const reader = new JsonReader(new TextEncoder().encode(text), { isSpan });
  while (!reader.read(stepBytes));
  return reader.value;
}

test("JsonReader leaves arrays to another reader, whatever its steps", () => {
  const arrays = ["[]", "[[1,2],[3]]", '["]","\\"]","\\\\"]', '[{"a":["]"]}]', "[\n ]", "[é]"];
  for (const array of arrays) {
    const text = `{"data" : ${array} ,"n":[1]}`;
    const begin = 10;
    const end = begin + new TextEncoder().encode(array).length;
    for (let step = 1; step < 20; step++) {
      assert.deepEqual(readIn(text, step), { data: new JsonSpan(begin, end), n: [1] }, array);
    }
  }
});

test("JsonReader refuses an array that does not end", () => {
  for (const text of [
    '{"data":[',
    '{"data":[[]',
    '{"data":["]',
    '{"data":["\\',
    '{"data":["\\"]',
  ]) {
    for (let step = 1; step < 20; step++) {
      assert.throws(() => readIn(text, step), { message: /ends too early, at byte/ }, text);
    }
  }
});

test("readTensorAt() reads an array inside a text as readTensor() does alone", async () => {
  const random = new Random(SEED);
  for (const count of [3, 40_000]) {
    const data = Float32Array.from({ length: count }, () => random.below(1e6) / 8);
    const array = `[${data.join()}]`;
    const bytes = new TextEncoder().encode(`{"a":"é",${array}`);
    const span = new JsonSpan(bytes.length - array.length, bytes.length);
    const wanted = { dtype: "float32", shape: [count], data };
    assert.deepEqual(await readTensorAt(bytes, span, "float32"), wanted, `SEED=${SEED}`);
  }
  const bytes = new TextEncoder().encode('{"data":[1,2,x]}');
  assert.throws(() => readTensorAt(bytes, new JsonSpan(8, 15), "float32"), {
    message: 'Invalid JSON input received: unexpected "x" at byte 13',
  });
});
