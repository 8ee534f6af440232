import assert from "node:assert/strict";
import { test } from "node:test";
import { cropPicture } from "../../../src/io/picture/crop.ts";
import type { Picture } from "../../../src/io/picture/picture.ts";
import {
  neededSize,
  type ResizeFilter,
  type ResizeFit,
  resizePicture,
} from "../../../src/io/picture/resize.ts";
import { digest, fixture, sourceOf } from "../fixtures/pictures.ts";

/** Made by Pillow 13: `resize()`, `ImageOps.fit()` and `ImageOps.pad()`. */
interface Fixture {
  /** The source, the filter, the fit, the size, and the start of the SHA-256 of the pixels. */
  readonly cases: readonly (readonly [string, ResizeFilter, ResizeFit, number, number, string])[];
}

const { cases } = JSON.parse(new TextDecoder().decode(fixture("resize.json"))) as Fixture;

test(`resizePicture() makes Pillow's pixels in ${cases.length} cases`, () => {
  for (const [name, filter, fit, width, height, expected] of cases) {
    const what = `${name} ${filter} ${fit} ${width} x ${height}`;
    const resized = resizePicture(sourceOf(name), { width, height, fit, filter });
    assert.deepEqual([resized.width, resized.height], [width, height], what);
    assert.equal(digest(resized.data).slice(0, 8), expected, what);
  }
});

test("resizePicture() returns a picture of the wanted size as it is", () => {
  const picture = sourceOf("RGB");
  assert.equal(resizePicture(picture, { width: 41, height: 29 }), picture);
});

/** The size of a picture, that in which it is to fit, and its own in there by Pillow. */
const insides: readonly (readonly [string, number, number, number, number])[] = [
  ["RGB", 20, 20, 20, 14],
  ["RGB", 10, 100, 10, 7],
  ["RGB", 40, 7, 10, 7],
  ["RGB", 41, 29, 41, 29],
  ["RGB", 400, 400, 41, 29],
  ["RGB", 41, 28, 40, 28],
  ["RGBA", 13, 13, 10, 13],
  ["L", 1, 1, 1, 1],
];

test("resizePicture() makes inside the picture of contain, without its bars", () => {
  for (const [name, width, height, ownWidth, ownHeight] of insides) {
    const picture = sourceOf(name);
    const what = `${name} in ${width} x ${height}`;
    const found = resizePicture(picture, { width, height, fit: "inside" });
    assert.deepEqual([found.width, found.height], [ownWidth, ownHeight], what);
    if (ownWidth === picture.width) {
      assert.equal(found, picture, what);
      continue;
    }
    const barred = resizePicture(picture, { width, height, fit: "contain" });
    // Bars are half a pixel wider at one end if they are uneven: Python rounds to even.
    const half = (all: number, own: number): number => {
      const bar = (all - own) / 2;
      return bar % 2 === 0.5 ? Math.floor(bar) : Math.round(bar);
    };
    const [left, top] = [half(width, ownWidth), half(height, ownHeight)];
    const box = { left, top, right: left + ownWidth, bottom: top + ownHeight };
    assert.deepEqual(found, cropPicture(barred, box), what);
  }
});

test("resizePicture() makes no large picture of a small one on its way", () => {
  const long = 2 ** 22;
  const data = new Uint8Array(long).fill(77);
  const filter = "bilinear";
  // 4096 columns and 4 million rows would be 16 GiB.
  const tall = resizePicture(
    { width: 1, height: long, channels: 1, data },
    {
      width: 4096,
      height: 2,
      filter,
    },
  );
  const wide = resizePicture(
    { width: long, height: 1, channels: 1, data },
    {
      width: 2,
      height: 4096,
      filter,
    },
  );
  assert.equal(tall.data.length, 8192);
  // The weights of so many pixels are small, and rounded in fixed point.
  assert.ok(
    tall.data.every((level) => Math.abs(level - 77) < 8),
    `${tall.data[0]}`,
  );
  assert.deepEqual(wide.data, tall.data);
});

test("resizePicture() fills the bars of contain with the background", () => {
  const white: Picture = { width: 2, height: 1, channels: 3, data: new Uint8Array(6).fill(255) };
  const fit = { width: 2, height: 3, fit: "contain" } as const;
  const bars: readonly [number | readonly number[], readonly number[]][] = [
    [7, [7, 7, 7]],
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  ];
  for (const [background, bar] of bars) {
    const { data } = resizePicture(white, { ...fit, background });
    const two = [...bar, ...bar];
    assert.deepEqual([...data], [...two, 255, 255, 255, 255, 255, 255, ...two]);
  }
});

test("neededSize() is the size of the whole picture, of which cover shows a part", () => {
  const source = { width: 300, height: 200 };
  const sizes: readonly [ResizeFit, number, number][] = [
    ["fill", 60, 60],
    ["cover", 90, 60],
    ["contain", 60, 40],
    ["inside", 60, 40],
  ];
  for (const [fit, width, height] of sizes) {
    const needed = neededSize(source, { width: 60, height: 60, fit });
    assert.deepEqual(needed, { width, height }, fit);
  }
  // A smaller picture stays as it is, so that all of it is needed.
  assert.deepEqual(neededSize(source, { width: 400, height: 400, fit: "inside" }), source);
});
