import assert from "node:assert/strict";
import { test } from "node:test";
import { image } from "../../../src/io/picture/image.ts";
import {
  ascii,
  chunk,
  concat,
  decode,
  digest,
  EXPECTED,
  fixture,
  PILLOW,
  patched,
  pngOf,
  rejectsWith,
  undecodable,
} from "../fixtures/pictures.ts";

function pillow(name: string): Uint8Array {
  const { file } = PILLOW[name] ?? assert.fail(name);
  return new Uint8Array(Buffer.from(file, "base64"));
}

const little = (value: number): readonly number[] => [
  value & 255,
  (value >> 8) & 255,
  (value >> 16) & 255,
  value >>> 24,
];

/** A BMP with a header of 40 bytes, and masks behind it where its compression is 3. */
function bmpOf(
  bits: number,
  width: number,
  masks: readonly number[],
  rows: Uint8Array,
): Uint8Array {
  const header = [40, width, 1].flatMap(little);
  const rest = [masks.length > 0 ? 3 : 0, 0, 0, 0, 0, 0].flatMap(little);
  const file = [14 + 40 + 4 * masks.length + rows.length, 0, 54 + 4 * masks.length];
  return concat(
    ascii("BM"),
    Uint8Array.of(...file.flatMap(little), ...header, 1, 0, bits, 0, ...rest),
    Uint8Array.of(...masks.flatMap(little)),
    rows,
  );
}

/** The entry of a tag in the directory of a TIFF from Pillow, whose order is little-endian. */
function entryOf(bytes: Uint8Array, tag: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const directory = view.getUint32(4, true);
  for (let at = directory + 2; at < bytes.length; at += 12) {
    if (view.getUint16(at, true) === tag) return at;
  }
  throw new Error(`no tag ${tag}`);
}

const rawTiff = pillow("tif-RGB-None-7x5.tif");
const withTag = (tag: number, value: number): Uint8Array =>
  patched(rawTiff, entryOf(rawTiff, tag) + 8, ...little(value));
const gif = pillow("gif-h-off-mc1-i0.gif");
const bmp = pillow("bmp-h40-24-7x5-bu.bmp");
const animation = pillow("webp-anim-rgb-l1.webp");
const cmyk = pillow("jpg-cmyk-q30-s0-p0-17x13.jpg");

const TOO_LARGE: readonly [string, Uint8Array, RegExp][] = [
  ["a GIF's canvas", patched(gif, 6, 255, 255, 255, 255), /^The GIF declares 65535 x 65535 /],
  ["a GIF's frame", patched(gif, 24, 255, 255, 255, 255), /^The GIF declares \d{5} x \d{5} /],
  [
    "a BMP",
    patched(bmp, 18, 0, 0, 0, 64, 0, 0, 0, 64),
    /^The BMP declares 1073741824 x 1073741824/,
  ],
  ["a TIFF", withTag(256, 0x7fffffff), /^The TIFF declares 2147483647 x 5 /],
  [
    "an animation",
    patched(animation, 24, 255, 255, 255, 255, 255, 255),
    /^The WebP declares 1677721/,
  ],
  [
    "a CMYK JPEG",
    patched(cmyk, frameAt(cmyk) + 1, 255, 0, 255, 0),
    /^The JPEG declares 65280 x 65280/,
  ],
];

function frameAt(jpeg: Uint8Array): number {
  return Buffer.from(jpeg).indexOf(Uint8Array.of(0xff, 0xc0, 0, 20)) + 4;
}

for (const [what, bytes, message] of TOO_LARGE) {
  test(`image() refuses ${what} of more pixels than the limit before it decodes it`, async () => {
    await assert.rejects(decode(bytes), rejectsWith("payload_too_large", message));
  });
}

const cmykWith = (...parts: readonly Uint8Array[]): Uint8Array =>
  concat(cmyk.subarray(0, 2), ...parts, cmyk.subarray(2));

const REFUSED: readonly [string, Uint8Array, RegExp][] = [
  ["a GIF without a picture", concat(gif.subarray(0, 19), ascii(";")), /GIF: it has no picture$/],
  [
    "a GIF with a picture of no pixels",
    patched(gif, 24, 0, 0),
    /GIF: its first picture has no pix/,
  ],
  ["a GIF of 13-bit codes", patched(gif, gif.indexOf(0x2c) + 10, 12), /it has codes of 13 bits$/],
  ["a BMP of no pixels", patched(bmp, 18, 0), /BMP: it declares 0 x 5 pixels, which is none$/],
  [
    "a BMP of 2 bits",
    patched(bmp, 28, 2),
    /BMP: it has 2 bits a pixel, not 1, 4, 8, 16, 24 or 32$/,
  ],
  [
    "a BMP that holds a JPEG",
    patched(bmp, 30, 4),
    /BMP: it has compression 4 of 24 bits, which is/,
  ],
  [
    "a BMP with a mask of bits apart",
    bmpOf(16, 1, [5, 8, 2], new Uint8Array(4)),
    /mask 0x5 is not contiguous/,
  ],
  [
    "a BMP with a palette that is cut",
    pillow("bmp-h40-4-7x5-bu.bmp").subarray(0, 60),
    /its palette$/,
  ],
  ["a TIFF without pixels", withTag(257, 0), /TIFF: it declares 7 x 0 pixels, which is none$/],
  [
    "a TIFF in JPEG",
    withTag(259, 7),
    /TIFF: it has compression 7 \(JPEG\), which is not supported$/,
  ],
  ["a TIFF for fax", withTag(259, 4), /TIFF: it has compression 4 \(CCITT\), which is not supp/],
  ["a TIFF in YCbCr", withTag(262, 6), /TIFF: it has photometric interpretation 6, which is not/],
  [
    "a TIFF of many values",
    patched(rawTiff, entryOf(rawTiff, 273) + 4, 0, 0, 9),
    /has 589824? values/,
  ],
  ["a TIFF without strips", patched(rawTiff, entryOf(rawTiff, 273), 0), /it has 0 of the 1 strips/],
  ["a TIFF with a long strip", withTag(279, 1e6), /its pieces are longer than the file$/],
  ["a TIFF with a short strip", withTag(279, 100), /TIFF: its pixel data ends early$/],
  [
    "a CMYK JPEG with broken codes",
    cmykWith(chunkOf(0xc4, 0, 255)),
    /JPEG: a Huffman table ends early$/,
  ],
  [
    "a CMYK JPEG of many segments",
    cmykWith(...Array.from({ length: 1001 }, () => chunkOf(0xdd, 0, 0))),
    /it has more than 1000 segments$/,
  ],
  [
    "an animation without a frame",
    patched(animation.subarray(0, 44), 4, 36, 0),
    /an animation without a frame$/,
  ],
  ["an animation whose frame exceeds it", patched(animation, 52, 200), /frame exceeds its canvas$/],
];

function chunkOf(marker: number, ...body: readonly number[]): Uint8Array {
  return Uint8Array.of(255, marker, 0, body.length + 2, ...body);
}

for (const [what, bytes, message] of REFUSED) {
  test(`image() refuses ${what}`, async () => {
    await assert.rejects(decode(bytes), undecodable(message));
  });
}

const CUT = [
  "bmp-h40-24-7x5-bu.bmp",
  "bmp-rle8-plain-17x13-bu.bmp",
  "gif-pi-17x13.gif",
  "jpg-rgb-q30-s2-p0-17x13.jpg",
  "jpg-rgb-q30-s2-p1-17x13.jpg",
  "jpg-cmyk-q30-s2-p0-17x13.jpg",
  "jpg-cmyk-q30-s2-p1-17x13.jpg",
  "tif-RGB-tiff_lzw-37x23.tif",
  "webp-anim-rgb-l0.webp",
];

for (const name of CUT) {
  test(`image() refuses ${name} cut at each tenth`, async () => {
    const bytes = pillow(name);
    for (let tenth = 1; tenth < 10; tenth += 1) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * tenth) / 10));
      await assert.rejects(decode(cut), undecodable(/could not be decoded as/), `${tenth} tenths`);
    }
  });
}

test("image() decodes a BMP with masks of any width, which Pillow refuses", async () => {
  const tens = [0x3ff00000, 0x000ffc00, 0x000003ff];
  const rows = Uint8Array.of(...little(0x3ff00000), ...little(0x200 << 10), ...little(3));
  const { data } = await decode(bmpOf(32, 3, tens, rows));
  assert.deepEqual([...data], [255, 0, 0, 0, 127, 0, 0, 0, 0]);
  const fours = await decode(bmpOf(16, 2, [0xf00, 0xf0, 0xf], Uint8Array.of(0x3f, 0x0a, 0, 0xf0)));
  assert.deepEqual([...fours.data], [170, 51, 255, 0, 0, 0]);
});

test("image() decodes a PNG with a wrong checksum if that of its stream is right", async () => {
  const raw = Uint8Array.of(0, 1, 2, 3);
  const good = pngOf({ width: 3, height: 1, raw });
  const sum = good.length - 16;
  const grey = await image({ mode: "L" }).decode({ bytes: patched(good, sum, 7), type: undefined });
  assert.deepEqual([...grey.data], [1, 2, 3]);
  // The last byte of the stream is of its Adler-32.
  await assert.rejects(
    decode(patched(good, sum - 1, 8)),
    undecodable(/PNG: the checksum of IDAT is wrong$/),
  );
  const text = concat(chunk("tEXt", ascii("a\0b")).subarray(0, -1), Uint8Array.of(0));
  assert.equal((await decode(pngOf({ width: 3, height: 1, raw, before: text }))).width, 3);
});

test("image() decodes a JPEG with stray bytes between its markers", async () => {
  const good = fixture("baseline.jpg");
  const strays = [ascii("hello"), Uint8Array.of(255, 255, 255), Uint8Array.of(7, 255, 0, 9)];
  for (const stray of strays) {
    for (const at of [20, Buffer.from(good).lastIndexOf(Uint8Array.of(0xff, 0xda))]) {
      const start = at === 20 ? Buffer.from(good).indexOf(Uint8Array.of(0xff, 0xdb)) : at;
      const { data } = await decode(concat(good.subarray(0, start), stray, good.subarray(start)));
      assert.equal(Buffer.from(data).toString("hex"), EXPECTED["baseline.jpg"]?.RGB);
    }
  }
});

test("image() applies no orientation unless it is asked to", async () => {
  const name = "png-exif6.png";
  const { RGB = "", oriented = "" } = PILLOW[name] ?? {};
  const payload = { bytes: pillow(name), type: undefined };
  const plain = await image().decode(payload);
  assert.deepEqual([plain.width, plain.height, digest(plain.data)], [3, 2, RGB]);
  const upright = await image({ orient: true }).decode(payload);
  assert.deepEqual([upright.width, upright.height, digest(upright.data)], [2, 3, oriented]);
});
