import assert from "node:assert/strict";
import { test } from "node:test";
import { fromLetterbox, letterbox, type Picture, resizePicture } from "ekiben";
import { sourceOf } from "../fixtures/pictures.ts";

test("letterbox() makes the picture of contain, and keeps where it is", () => {
  const picture = sourceOf("RGB"); // 41 x 29
  const cases = [
    { options: { width: 82, height: 82, background: 114 }, at: [0, 12, 2, 2] },
    { options: { width: 100, height: 29, background: [1, 2, 3] }, at: [30, 0, 1, 1] },
    { options: { width: 41, height: 29 }, at: [0, 0, 1, 1] },
    { options: { width: 20, height: 20, filter: "bilinear" }, at: [0, 3, 20 / 41, 14 / 29] },
  ] as const;
  for (const { options, at } of cases) {
    const { picture: boxed, left, top, scaleX, scaleY } = letterbox(picture, options);
    assert.deepEqual(boxed, resizePicture(picture, { ...options, fit: "contain" }));
    assert.deepEqual([left, top, scaleX, scaleY], at);
  }
});

test("fromLetterbox() finds the points of the picture again", () => {
  for (const [width, height] of [
    [640, 640],
    [33, 90],
    [90, 33],
    [5, 5],
  ] as const) {
    // A white pixel in black, seen through the letterbox.
    const data = new Uint8Array(24 * 16);
    data[9 * 24 + 5] = 255;
    const picture: Picture = { width: 24, height: 16, channels: 1, data };
    const boxed = letterbox(picture, { width, height, filter: "bilinear" });
    const [x, y] = fromLetterbox(boxed, centreOf(boxed.picture));
    const near = 0.5 / Math.min(boxed.scaleX, boxed.scaleY);
    assert.ok(Math.abs(x - 5.5) <= near, `${width} x ${height}: ${x}`);
    assert.ok(Math.abs(y - 9.5) <= near, `${width} x ${height}: ${y}`);
  }
});

/** The centre of what is bright. */
function centreOf({ width, data }: Picture): [number, number] {
  let [x, y, sum] = [0, 0, 0];
  for (const [at, level] of data.entries()) {
    x += level * ((at % width) + 0.5);
    y += level * (Math.floor(at / width) + 0.5);
    sum += level;
  }
  return [x / sum, y / sum];
}

test("letterbox() refuses options that it does not have", () => {
  const picture = sourceOf("L");
  const size = { width: 10, height: 10 };
  assert.throws(() => letterbox(picture, { ...size, fit: "cover" } as never), /option "fit"/);
  assert.throws(() => letterbox(picture, { width: 10, height: 0 }), /height of letterbox\(\)/);
  assert.throws(() => letterbox(picture, { ...size, background: 256 }), /background of letterbox/);
  assert.throws(() => letterbox(3 as never, size), /A picture is an object/);
  const boxed = letterbox(picture, size);
  assert.throws(() => fromLetterbox(boxed, [1] as never), /point of fromLetterbox/);
});
