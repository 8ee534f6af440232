import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeScaled } from "../../../src/io/picture/codec/jpeg-scaled/decode-scaled.ts";
import { blockSizeFor } from "../../../src/io/picture/codec/jpeg-scaled/scale.ts";
import { inPlace } from "../../../src/io/picture/picture-codec.ts";
import { resizePicture } from "../../../src/io/picture/resize.ts";
import { digest, fixture, PILLOW, randomNumbers } from "../fixtures/pictures.ts";

/** Made by Pillow 13: files in Base64, and the SHA-256 of `draft()` by its divisor. */
interface Drafts {
  readonly files: Readonly<Record<string, string>>;
  readonly drafts: Readonly<Record<string, Readonly<Record<"2" | "4" | "8", string>>>>;
}

const { files, drafts } = JSON.parse(new TextDecoder().decode(fixture("drafts.json"))) as Drafts;

function fileOf(name: string): Uint8Array {
  const base64 = files[name] ?? PILLOW[name]?.file ?? assert.fail(name);
  return new Uint8Array(Buffer.from(base64, "base64"));
}

/** The samples of each 8 that remain at 1/2, 1/4 and 1/8. */
const SIZES = [
  ["2", 4],
  ["4", 2],
  ["8", 1],
] as const;

test(`decodeScaled() makes the pixels of Pillow's draft() for ${3 * names().length} drafts`, () => {
  for (const name of names()) {
    for (const [divisor, size] of SIZES) {
      const picture = decodeScaled(fileOf(name), size);
      const what = `${name} 1/${divisor}`;
      assert.equal(picture && digest(picture.data), drafts[name]?.[divisor], what);
    }
  }
});

function names(): readonly string[] {
  return Object.keys(drafts);
}

test("decodeScaled() leaves files of four components to the full decoder", () => {
  for (const name of Object.keys(PILLOW).filter((each) => /^jpg-(cmyk|ycck)/.test(each))) {
    assert.equal(decodeScaled(fileOf(name), 1), undefined, name);
  }
});

test("blockSizeFor() chooses the smallest scale of at least the needed size", () => {
  const sizes = [
    [224, 224, 1],
    [250, 250, 1],
    [251, 251, 2],
    [224, 251, 2],
    [750, 500, 2],
    [750, 501, 4],
    [1500, 1000, 4],
    [1500, 1001, 8],
    [4000, 10, 8],
  ] as const;
  for (const [width, height, expected] of sizes) {
    const found = blockSizeFor({ width: 3000, height: 2000 }, { width, height });
    assert.equal(found, expected, `${width} x ${height}`);
  }
});

const reading = { maxPixels: 2 ** 20, mode: "RGB" } as const;

test("inPlace.decode() resizes a JPEG that it decodes at a smaller scale", async () => {
  const bytes = fileOf("photo-420.jpg");
  const half = decodeScaled(bytes, 4) ?? assert.fail();
  const resize = { width: 40, height: 36 };
  const resized = await inPlace.decode(bytes, { ...reading, resize });
  assert.deepEqual(resized, resizePicture(half, resize));
  // What the scale loses is little.
  const whole = resizePicture(await inPlace.decode(bytes, reading), resize);
  const off = resized.data.reduce((sum, level, at) => {
    return sum + Math.abs(level - (whole.data[at] as number));
  }, 0);
  assert.ok(off / resized.data.length < 3, `${off / resized.data.length} levels`);
});

test("inPlace.decode() resizes the sides of a turned JPEG after turning it", async () => {
  const bytes = fileOf("photo-turned.jpg");
  // 60 x 44 in the file, so that 1/2 is enough for 22 x 30 only if it is turned.
  const resize = { width: 22, height: 30 };
  const turned = await inPlace.decode(bytes, { ...reading, orient: true, resize });
  assert.deepEqual([turned.width, turned.height], [22, 30]);
  const { data } = decodeScaled(bytes, 4) ?? assert.fail();
  // Orientation 6: the left column becomes the upper row, from its end.
  assert.deepEqual(turned.data.subarray(0, 3), data.subarray(21 * 30 * 3, 21 * 30 * 3 + 3));
  const flat = await inPlace.decode(bytes, { ...reading, resize });
  assert.deepEqual([flat.width, flat.height], [22, 30]);
});

test("inPlace.decode() resizes what cannot be decoded at a smaller scale", async () => {
  const resize = { width: 4, height: 3 };
  for (const [name, { file }] of Object.entries(PILLOW)) {
    const bytes = new Uint8Array(Buffer.from(file, "base64"));
    const picture = await inPlace.decode(bytes, { ...reading, resize });
    assert.deepEqual([picture.width, picture.height], [4, 3], name);
  }
});

test("inPlace.decode() answers for damaged JPEGs as it does without resizing", async () => {
  const random = randomNumbers(20_261_129);
  const outcome = async (bytes: Uint8Array, options: object): Promise<string> => {
    try {
      const { width, height } = await inPlace.decode(bytes, { ...reading, ...options });
      return `${width} x ${height}`;
    } catch (thrown) {
      return String(thrown);
    }
  };
  for (const name of Object.keys(files)) {
    const whole = fileOf(name);
    for (let round = 0; round < 20; round += 1) {
      const bytes = round % 4 === 0 ? whole.slice(0, random(whole.length)) : whole.slice();
      for (let flip = 0; flip < 3; flip += 1) bytes[random(bytes.length)] = random(256);
      const resize = { width: 1 + random(12), height: 1 + random(12) };
      const found = await outcome(bytes, { resize });
      if (found === `${resize.width} x ${resize.height}`) continue;
      assert.equal(found, await outcome(bytes, {}), `${name} round ${round}`);
    }
  }
});
