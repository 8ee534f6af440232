import assert from "node:assert/strict";
import { test } from "node:test";
import { fits } from "../../../src/page/form/tensor-area.ts";
import { npyShape } from "../../../src/page/tensor/npy.ts";
import { pictureTensor } from "../../../src/page/tensor/picture-tensor.ts";
import { nest, pictureShape, shapeOf, shapeText } from "../../../src/page/tensor/shape.ts";

test("shapeOf() is the shape of nested arrays, and undefined for ragged ones", () => {
  const cases: readonly (readonly [unknown, readonly number[] | undefined])[] = [
    [1, []],
    [[], [0]],
    [[1, 2], [2]],
    [
      [[1], [2], [3]],
      [3, 1],
    ],
    [[[1], [2, 3]], undefined],
    [[1, [2]], undefined],
    [
      [[], []],
      [2, 0],
    ],
  ];
  for (const [value, shape] of cases) assert.deepEqual(shapeOf(value), shape);
  assert.deepEqual(nest([1, 2, 3, 4, 5, 6], [2, 1, 3]), [[[1, 2, 3]], [[4, 5, 6]]]);
  assert.equal(nest([7], []), 7);
  assert.ok(fits([4, 3], [-1, 3]) && !fits([4, 2], [-1, 3]) && !fits([3], [-1, 3]));
  assert.equal(shapeText([-1, 3]), "[n, 3]");
});

test("pictureShape() knows the shapes that pictures fit", () => {
  const cases: readonly (readonly [readonly number[], string | undefined])[] = [
    [[-1, 1, 28, 28], "channels first 1 28x28 1,1,28,28"],
    [[1, 3, 224, 224], "channels first 3 224x224 1,3,224,224"],
    [[-1, 3, -1, -1], "channels first 3 224x224 1,3,224,224"],
    [[-1, 32, 48, 3], "channels last 3 32x48 1,32,48,3"],
    [[3, 64, 64], "channels first 3 64x64 3,64,64"],
    [[28, 28], "grey 1 28x28 28,28"],
    [[-1, 28, 28], undefined],
    [[-1, 4, 28, 28], undefined],
    [[8, 1, 28, 28], undefined],
    [[-1, 768], undefined],
    [[-1, 10], undefined],
    [[10], undefined],
    [[1, 3, 5000, 5000], undefined],
    [[1, 1, 1, 28, 28], undefined],
    [[], undefined],
  ];
  for (const [shape, expected] of cases) {
    const found = pictureShape(shape);
    const text =
      found && `${found.layout} ${found.channels} ${found.height}x${found.width} ${found.shape}`;
    // A matrix of any number of rows is more often features than a picture.
    assert.equal(text, expected, String(shape));
  }
});

test("pictureTensor() lays pixels out, scales and inverts them", () => {
  // Red and grey.
  const rgba = [255, 0, 0, 255, 51, 51, 51, 255];
  const shape = { height: 1, width: 2, shape: [] } as const;
  const made = (
    layout: "channels first" | "channels last",
    channels: 1 | 3,
    range: "0..1" | "0..255" | "-1..1",
    isInverted = false,
  ) =>
    Array.from(
      pictureTensor(rgba, { ...shape, layout, channels }, { range, isInverted }),
      (each) => Math.round(each * 1000) / 1000,
    );
  assert.deepEqual(made("channels first", 3, "0..255"), [255, 51, 0, 51, 0, 51]);
  assert.deepEqual(made("channels last", 3, "0..1"), [1, 0, 0, 0.2, 0.2, 0.2]);
  assert.deepEqual(made("channels first", 1, "0..255"), [76, 51]);
  assert.deepEqual(made("channels first", 1, "0..1", true), [0.701, 0.8]);
  assert.deepEqual(made("channels first", 3, "-1..1"), [1, -0.6, -1, -0.6, -1, -0.6]);
});

test("npyShape() reads the header of a .npy file", () => {
  const file = (header: string) =>
    Uint8Array.from(`\x93NUMPY\x01\x00v\x00${header}`, (each) => each.charCodeAt(0));
  const of = (descr: string, shape: string) =>
    npyShape(file(`{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`));
  assert.equal(of("<f4", "(2, 3)"), "float32 [2, 3]");
  assert.equal(of("|b1", "(5,)"), "bool [5]");
  assert.equal(of("<i8", "()"), "int64 []");
  assert.equal(npyShape(new Uint8Array(10)), undefined);
});
