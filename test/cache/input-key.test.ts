import assert from "node:assert/strict";
import { test } from "node:test";
import { Hash128 } from "../../src/cache/hash128.ts";
import { inputKey, isSameInput, keptKey } from "../../src/cache/input-key.ts";
import { seededRandom } from "../../src/random.ts";
import { tensor } from "../../src/tensor.ts";
import { SEED } from "../support/random.ts";

const MANY = 1 << 24;

/** Of https://github.com/aappleby/smhasher, MurmurHash3_x86_128 with the seed 0. */
for (const [text, expected] of [
  ["", "00000000000000000000000000000000"],
  ["The quick brown fox jumps over the lazy dog", "2f1583c3ecee2c675d7bf66ce5e91d2c"],
] as const) {
  test(`Hash128 of "${text}"`, () => {
    assert.equal(new Hash128().update(new TextEncoder().encode(text)).digest(), expected);
  });
}

test(`Hash128 is the same in whatever pieces the bytes come (seed ${SEED})`, () => {
  const random = seededRandom(SEED);
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from({ length: Math.floor(random() * 200) }, () => random() * 256);
    const hash = new Hash128();
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(random() * 40);
      hash.update(bytes.subarray(at, end));
      at = end;
    }
    assert.equal(hash.digest(), new Hash128().update(bytes).digest());
  }
});

/** Inputs that all differ. */
const DISTINCT: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1,
  1n,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "1",
  "null",
  "\ud800",
  "\ufffd",
  [],
  [1],
  [[1]],
  ["1"],
  [1, 2],
  [[1], 2],
  ["a", "b"],
  ["a,b"],
  ['a","b'],
  ["ab", ""],
  ["a", "b", ""],
  {},
  { a: 1 },
  { a: "1" },
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  { "a:1,b": 2 },
  { a: undefined },
  [1, 2, 3, 4, 5, 6, 7, 8],
  [1, 2, 3, 4, 5, 6, 7, 8, 9],
  [0, 0, 0, 0, 0, 0, 0, 0],
  [-0, 0, 0, 0, 0, 0, 0, 0],
  new Float32Array([1, 2]),
  new Float32Array([1, 2, 3]),
  new Int32Array([1, 2]),
  new Uint8Array(8),
  new Uint8Array(8).buffer,
  new Float64Array(1),
  new Float64Array([-0]),
  [new Uint8Array([1]), new Uint8Array([2])],
  [new Uint8Array([1, 2])],
  [new Uint8Array(), new Uint8Array([1, 2])],
  tensor("float32", [2], new Float32Array(2)),
  tensor("float32", [2, 1], new Float32Array(2)),
  tensor("int32", [2], new Int32Array(2)),
  tensor("bool", [2], new Uint8Array(2)),
  tensor("uint8", [2], new Uint8Array(2)),
  tensor("string", [2], ["ab", "c"]),
  tensor("string", [2], ["a", "bc"]),
];

test("inputKey() is different for different inputs", () => {
  const keys = DISTINCT.map((value) => inputKey(value, MANY));
  for (const [at, one] of keys.entries()) {
    assert.ok(one !== undefined, `input ${at}`);
    for (const [other, key] of keys.entries()) {
      assert.ok(key !== undefined);
      assert.equal(isSameInput(one, key), at === other, `${at} and ${other}`);
      if (at !== other) assert.notEqual(one.hash, key.hash, `${at} and ${other}`);
    }
  }
});

test("inputKey() is the same for equal inputs, wherever their bytes are", () => {
  const content = new Uint8Array(16).map((_, at) => at);
  const shifted = new Uint8Array(17);
  shifted.set(content, 1);
  const [one, other] = [content, shifted.subarray(1)].map((data) => inputKey({ data }, MANY));
  assert.ok(one !== undefined && other !== undefined);
  assert.equal(one.hash, other.hash);
  assert.ok(isSameInput(one, other));
});

test("keptKey() does not change with the input", () => {
  const data = new Float32Array([1, 2]);
  const key = inputKey(data, MANY);
  assert.ok(key !== undefined);
  const kept = keptKey(key);
  data[0] = 5;
  const same = inputKey(new Float32Array([1, 2]), MANY);
  assert.ok(same !== undefined && isSameInput(kept, same));
});

class Box {}

let deep: unknown = 0;
for (let depth = 0; depth < 100; depth++) deep = [deep];
const circle: unknown[] = [];
circle.push(circle);

for (const [name, value] of Object.entries({
  "a function": () => 1,
  "a symbol": { a: Symbol("x") },
  "an object of a class": [new Box()],
  "a date": new Date(0),
  "a deep value": deep,
  "a circle": circle,
})) {
  test(`inputKey() has no key of ${name}`, () => {
    assert.equal(inputKey(value, MANY), undefined);
  });
}

test("inputKey() has no key of a large input", () => {
  assert.equal(inputKey(new Uint8Array(1000), 999), undefined);
  assert.equal(inputKey("x".repeat(1000), 1000), undefined);
  assert.equal(inputKey(new Array(1000).fill("x"), 1000), undefined);
});
