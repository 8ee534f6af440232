import assert from "node:assert/strict";
import { test } from "node:test";
import { image } from "../../../src/io/picture/image.ts";
import { inPlace } from "../../../src/io/picture/picture-codec.ts";
import {
  chunk,
  concat,
  decode,
  fixture,
  frameOf,
  patched,
  pngOf,
  undecodable,
  webpOf,
} from "../fixtures/pictures.ts";

test("image() decodes PNG samples of every width", async () => {
  const cases = [
    { depth: 1, row: [0b01000000], width: 2, grey: [0, 255] },
    { depth: 2, row: [0b00011011], width: 4, grey: [0, 85, 170, 255] },
    { depth: 4, row: [0x0f, 0x70], width: 3, grey: [0, 255, 119] },
    { depth: 8, row: [1, 2, 3], width: 3, grey: [1, 2, 3] },
    { depth: 16, row: [0, 0x34, 0, 0xff, 1, 0, 0xfe, 0xff], width: 4, grey: [0x34, 255, 255, 255] },
  ];
  for (const { depth, row, width, grey } of cases) {
    const raw = Uint8Array.of(0, ...row);
    const bytes = pngOf({ width, height: 1, depth, raw });
    const picture = await image({ mode: "L" }).decode({ bytes, type: "image/png" });
    assert.deepEqual([...picture.data], grey, `${depth} bits`);
  }
});

test("image() reads palette indices beyond the palette as opaque black", async () => {
  const raw = Uint8Array.of(0, 0, 9);
  const before = chunk("PLTE", Uint8Array.of(5, 6, 7));
  const bytes = pngOf({ width: 2, height: 1, colour: 3, raw, before });
  assert.deepEqual([...(await decode(bytes)).data], [5, 6, 7, 0, 0, 0]);
});

test("image() refuses a PNG that breaks the specification", async () => {
  const good = pngOf({ width: 3, height: 2 });
  const ofTwo = new Uint8Array(2);
  const cases: readonly [Uint8Array, RegExp][] = [
    [
      patched(good, 44, 0x7f),
      /^The \d+ bytes could not be decoded as PNG: the checksum of IDAT is/,
    ],
    [patched(good, 24, 3), /the checksum of IHDR is wrong/],
    [pngOf({ width: 3, height: 2, depth: 3 }), /colour type 0 has 1, 2, 4, 8, 16 bits, not 3/],
    [pngOf({ width: 3, height: 2, colour: 5 }), /there is no colour type 5/],
    [pngOf({ width: 3, height: 2, colour: 3 }), /it has no palette/],
    [
      pngOf({ width: 3, height: 2, raw: new Uint8Array(7) }),
      /PNG: its pixel data is broken or ends early/,
    ],
    [pngOf({ width: 3, height: 1, raw: Uint8Array.of(9, 0, 0, 0) }), /data is broken/],
    [pngOf({ width: 4000, height: 4000, raw: new Uint8Array(9) }), /are too few for 16000000/],
    [
      pngOf({ width: 3, height: 2, colour: 3, before: chunk("PLTE", new Uint8Array(4)) }),
      /a palette of 4 bytes is not 1 to 256 colours/,
    ],
    [
      pngOf({ width: 3, height: 2, before: concat(chunk("tRNS", ofTwo), chunk("tRNS", ofTwo)) }),
      /it has more than one tRNS/,
    ],
    [pngOf({ width: 3, height: 2, before: chunk("ABCD", new Uint8Array(1)) }), /ABCD is not known/],
  ];
  for (const [bytes, message] of cases) await assert.rejects(decode(bytes), undecodable(message));
});

/** A progressive JPEG whose last scan is there `times` times more. */
function withScans(times: number): Uint8Array {
  const bytes = fixture("progressive.jpg");
  const last = Buffer.from(bytes).lastIndexOf(Uint8Array.of(0xff, 0xda));
  const scan = bytes.subarray(last, bytes.length - 2);
  const scans = Array.from({ length: times }, () => scan);
  return concat(bytes.subarray(0, bytes.length - 2), ...scans, Uint8Array.of(0xff, 0xd9));
}

test("image() refuses JPEG that it cannot or should not decode", async () => {
  const jpeg = fixture("baseline.jpg");
  const frame = frameOf(jpeg);
  const scan = Buffer.from(jpeg).lastIndexOf(Uint8Array.of(0xff, 0xda));
  const early = concat(jpeg.subarray(0, scan + 16), Uint8Array.of(0xff, 0xd9));
  const cases: readonly [Uint8Array, RegExp][] = [
    [withScans(10_000), /could not be decoded as JPEG: it has more than 50 scans$/],
    [patched(jpeg, frame + 5, 2), /it has 2 components, but 1, 3 or 4 are supported/],
    [patched(jpeg, frame, 12), /it has 12 bits a sample, not 8/],
    [patched(jpeg, frame - 3, 0xc9), /it is arithmetic-coded, which is not supported/],
    [patched(jpeg, frame - 3, 0xc3), /it is lossless, which is not supported/],
    [early, /could not be decoded as JPEG: .*premature end/i],
    [concat(jpeg.subarray(0, scan), Uint8Array.of(0xff, 0xd9)), /it has no scan/],
    [
      concat(jpeg.subarray(0, scan), jpeg.subarray(frame - 4, frame + 15), jpeg.subarray(scan)),
      /it has more than one frame header/,
    ],
  ];
  for (const [bytes, message] of cases) await assert.rejects(decode(bytes), undecodable(message));
  assert.equal((await decode(withScans(20))).width, 12);
});

test("image() refuses WebP that it cannot or should not decode", async () => {
  const canvas = Uint8Array.of(0x10, 0, 0, 0, 1, 0, 0, 1, 0, 0);
  // A canvas of 2 x 2 around a stream of 12 x 10.
  const lying = webpOf("VP8X", concat(canvas, fixture("lossless.webp").subarray(12)));
  const cases: readonly [Uint8Array, RegExp][] = [
    [fixture("animated.webp").subarray(0, 44), /decoded as WebP: it ends at 44 of/],
    [webpOf("JUNK", new Uint8Array(20)), /it begins with a chunk "JUNK", not VP8, VP8L or VP8X/],
    [patched(fixture("lossy.webp"), 23, 0), /its VP8 start code is wrong/],
    [patched(fixture("lossless.webp"), 20, 0), /its VP8L signature is wrong/],
    [patched(lying, 16, 10), /its coded data is broken/],
  ];
  for (const [bytes, message] of cases) await assert.rejects(decode(bytes), undecodable(message));
});

test("image() leaves no location where there was none", async () => {
  const picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) } as const;
  for (const type of ["image/jpeg", "image/webp"] as const) await inPlace.encode(picture, type);
  assert.equal(globalThis.location, undefined);
});
