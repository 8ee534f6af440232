import assert from "node:assert/strict";
import { test } from "node:test";
import { type Corners, orientPicture, type Picture, straightenPicture } from "ekiben";
import { fixture, sourceOf } from "../fixtures/pictures.ts";

/** Made by Pillow 13: `transform(size, PERSPECTIVE, …, BILINEAR)`. The pixels are in Base64. */
const cases = JSON.parse(
  new TextDecoder().decode(fixture("straighten.json")),
) as readonly (readonly [string, Corners, number, number, string])[];

test(`straightenPicture() makes Pillow's pixels in ${cases.length} cases, but for rounding`, () => {
  for (const [name, corners, width, height, expected] of cases) {
    const what = `${name} ${JSON.stringify(corners)}`;
    const found = straightenPicture(sourceOf(name), corners, { width, height, filter: "bilinear" });
    assert.deepEqual([found.width, found.height], [width, height], what);
    const wanted = new Uint8Array(Buffer.from(expected, "base64"));
    assert.equal(found.data.length, wanted.length, what);
    // Pillow truncates levels here.
    const apart = found.data.map((level, at) => Math.abs(level - (wanted[at] ?? 0)));
    assert.ok(Math.max(...apart) <= 1, `${what}: ${Math.max(...apart)}`);
  }
});

test("straightenPicture() with bicubic finds the values of a quadratic between pixels", () => {
  const valueAt = (x: number, y: number): number =>
    40 + 0.31 * x + 0.11 * x * x + 0.9 * y - 0.04 * y * y + 0.05 * x * y;
  const [width, height] = [30, 20];
  const data = Float64Array.from({ length: width * height }, (_, at) =>
    valueAt((at % width) + 0.5, Math.floor(at / width) + 0.5),
  );
  const picture: Picture = { width, height, channels: 1, data: Uint8Array.from(data, Math.round) };
  const corners: Corners = [
    [6, 4],
    [24, 8],
    [22, 15],
    [4, 11],
  ];
  const found = straightenPicture(picture, corners, { width: 50, height: 30 });
  for (const [at, level] of found.data.entries()) {
    const [across, down] = [((at % 50) + 0.5) / 50, (Math.floor(at / 50) + 0.5) / 30];
    // A parallelogram, whose points are linear in those of the result.
    const [x, y] = [6 + 18 * across - 2 * down, 4 + 4 * across + 7 * down];
    // 1.3 is half a level, magnified by the weights, and rounded again.
    assert.ok(Math.abs(level - valueAt(x, y)) <= 1.3, `(${x}, ${y}): ${level}`);
  }
});

/** The corners of a whole picture, from its upper left one around it. */
function cornersOf({ width, height }: Picture): Corners {
  return [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
}

test("straightenPicture() keeps an upright rectangle as it is, and turns it by its corners", () => {
  for (const name of ["L", "RGB", "RGBA"]) {
    const picture = sourceOf(name);
    const [a, b, c, d] = cornersOf(picture);
    for (const filter of ["bilinear", "bicubic"] as const) {
      const turned = (corners: Corners): Picture => straightenPicture(picture, corners, { filter });
      assert.deepEqual(turned([a, b, c, d]), picture);
      assert.deepEqual(turned([b, c, d, a]), orientPicture(picture, 8));
      assert.deepEqual(turned([c, d, a, b]), orientPicture(picture, 3));
      assert.deepEqual(turned([d, a, b, c]), orientPicture(picture, 6));
      assert.deepEqual(turned([b, a, d, c]), orientPicture(picture, 2));
    }
  }
});

test("straightenPicture() continues a picture with the colours of its edge", () => {
  const picture: Picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(10, 200) };
  const corners: Corners = [
    [-2, -3],
    [4, -3],
    [4, 2],
    [-2, 2],
  ];
  for (const filter of ["bilinear", "bicubic"] as const) {
    const { width, height, data } = straightenPicture(picture, corners, { filter });
    assert.deepEqual([width, height], [6, 5]);
    for (let y = 0; y < 5; y += 1) {
      assert.deepEqual([...data.subarray(y * 6, y * 6 + 6)], [10, 10, 10, 200, 200, 200]);
    }
  }
});

test("straightenPicture() refuses what it cannot do, with what was given", () => {
  const picture = sourceOf("RGB");
  const corners = cornersOf(picture);
  const [a, b, c, d] = corners;
  const refused: readonly [() => unknown, RegExp][] = [
    [() => straightenPicture({} as Picture, corners), /width and height are whole numbers/],
    [() => straightenPicture(picture, [a, b, c] as never), /must be 4 points \[x, y\], but had 3/],
    [() => straightenPicture(picture, [a, b, c, [1]] as never), /finite .* an array of 1/],
    [() => straightenPicture(picture, [a, b, c, [Number.NaN, 1]]), /finite coordinates/],
    [() => straightenPicture(picture, [a, c, b, d]), /convex quadrilateral, in order .*\(0, 0\)/],
    [() => straightenPicture(picture, [a, a, a, a]), /convex/],
    [() => straightenPicture(picture, [a, b, c, [(a[0] + c[0]) / 2, c[1] / 2]]), /convex/],
    [() => straightenPicture(picture, corners, { width: 0 }), /width .* from 1, but was 0/],
    [() => straightenPicture(picture, corners, { height: 1.5 }), /height .* but was 1.5/],
    [() => straightenPicture(picture, corners, { width: 1e6, height: 1e6 }), /at most 67108864/],
    [
      () => straightenPicture(picture, corners, { filter: "lanczos" as "bicubic" }),
      /filter .* must be one of bilinear, bicubic, but was lanczos/,
    ],
    [() => straightenPicture(picture, corners, { size: 3 } as never), /option "size"/],
    // 10^9 pixels would be made by default.
    [
      () =>
        straightenPicture(picture, [
          [0, 0],
          [1e5, 0],
          [1e5, 1e4],
          [0, 1e4],
        ]),
      /at most 67108864 pixels, but 100000 x 10000/,
    ],
  ];
  for (const [call, message] of refused) assert.throws(call, message);
});
