import assert from "node:assert/strict";
import { test } from "node:test";
import { cropPicture, type Picture } from "ekiben";
import { sourceOf } from "../fixtures/pictures.ts";

test("cropPicture() copies the pixels of a box", () => {
  const data = Uint8Array.from({ length: 4 * 3 * 3 }, (_, at) => at);
  const picture: Picture = { width: 4, height: 3, channels: 3, data };
  const box = { left: 1, top: 1, right: 3, bottom: 3 };
  assert.deepEqual(cropPicture(picture, box), {
    width: 2,
    height: 2,
    channels: 3,
    data: Uint8Array.of(15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32),
  });
  const last = { left: 3, top: 2, right: 4, bottom: 3 };
  assert.deepEqual([...cropPicture(picture, last).data], [33, 34, 35]);
});

test("cropPicture() returns the picture itself for all of it", () => {
  const picture = sourceOf("RGBA");
  const box = { left: 0, top: 0, right: picture.width, bottom: picture.height };
  assert.equal(cropPicture(picture, box), picture);
});

test("cropPicture() refuses a box that is not inside the picture", () => {
  const picture = sourceOf("RGB");
  const box = { left: 0, top: 0, right: 41, bottom: 29 };
  const refused: readonly [Partial<Record<keyof typeof box, unknown>>, RegExp][] = [
    [{ left: -1 }, /part of the 41 x 29 pixels, but was from \(-1, 0\) to \(41, 29\)/],
    [{ left: 41 }, /part of/],
    [{ right: 42 }, /to \(42, 29\)/],
    [{ bottom: 30 }, /part of/],
    [{ top: 29 }, /part of/],
    [{ top: 0.5 }, /top of the box .* whole number, but was 0.5/],
    [{ bottom: "29" }, /bottom of the box .* but was "29"/],
    [{ bottom: Number.NaN }, /bottom/],
  ];
  for (const [change, message] of refused) {
    assert.throws(() => cropPicture(picture, { ...box, ...change } as typeof box), message);
  }
  assert.throws(() => cropPicture(picture, { ...box, width: 3 } as typeof box), /option "width"/);
  assert.throws(() => cropPicture(undefined as never, box), /A picture is an object with pixels/);
});
