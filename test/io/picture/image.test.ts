import assert from "node:assert/strict";
import { test } from "node:test";
import { measure } from "../../../src/io/picture/codec/codec.ts";
import {
  IMAGE_MEDIA_TYPES,
  image,
  OUTPUT_IMAGE_MEDIA_TYPES,
  type Picture,
  type PictureMode,
  provideWasm,
  type WasmCodec,
} from "../../../src/io/picture/image.ts";
import { convertPicture } from "../../../src/io/picture/picture.ts";
import {
  ascii,
  decode,
  EXPECTED,
  fixture,
  rejectsWith,
  typeOf,
  undecodable,
} from "../fixtures/pictures.ts";

const MODES: readonly PictureMode[] = ["L", "RGB", "RGBA"];

for (const [name, expected] of Object.entries(EXPECTED)) {
  test(`image() decodes ${name} to the pixels that Pillow has`, async () => {
    for (const mode of MODES) {
      const payload = { bytes: fixture(name), type: typeOf(name) };
      const picture = await image({ mode }).decode(payload);
      assert.equal(picture.width, expected.width);
      assert.equal(picture.height, expected.height);
      assert.equal(picture.channels, { L: 1, RGB: 3, RGBA: 4 }[mode]);
      assert.equal(Buffer.from(picture.data).toString("hex"), expected[mode], mode);
    }
  });
}

test("image() decodes bytes that are a view on a larger buffer", async () => {
  for (const name of ["grey-1.png", "baseline.jpg", "lossy.webp"]) {
    const bytes = fixture(name);
    const larger = new Uint8Array(bytes.length + 20).fill(7);
    larger.set(bytes, 11);
    const view = larger.subarray(11, 11 + bytes.length);
    const { data } = await decode(view, typeOf(name));
    assert.equal(Buffer.from(data).toString("hex"), EXPECTED[name]?.RGB);
  }
});

test("convertPicture() follows Pillow's rules", () => {
  const colour: Picture = { width: 1, height: 1, channels: 4, data: Uint8Array.of(10, 200, 30, 4) };
  assert.deepEqual([...convertPicture(colour, "RGB").data], [10, 200, 30]);
  assert.deepEqual([...convertPicture(colour, "L").data], [124]);
  assert.equal(convertPicture(colour, "RGBA"), colour);
  const grey: Picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 9) };
  assert.deepEqual([...convertPicture(grey, "RGBA").data], [0, 0, 0, 255, 9, 9, 9, 255]);
  assert.deepEqual([...convertPicture(grey, "RGB").data], [0, 0, 0, 9, 9, 9]);
  const white: Picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 255, 255) };
  assert.deepEqual([...convertPicture(white, "L").data], [255]);
});

function gradient(channels: 1 | 3 | 4): Picture {
  const data = Uint8Array.from({ length: 16 * 9 * channels }, (_, at) => (at * 3) % 200);
  return { width: 16, height: 9, channels, data };
}

test("image() encodes and decodes to the same pixels, or nearly", async () => {
  for (const mimeType of OUTPUT_IMAGE_MEDIA_TYPES) {
    for (const [channels, mode] of [
      [1, "L"],
      [3, "RGB"],
      [4, "RGBA"],
    ] as const) {
      const io = image({ mimeType, mode });
      const smooth: Picture = {
        width: 16,
        height: 9,
        channels,
        data: new Uint8Array(144 * channels),
      };
      smooth.data.fill(90);
      const picture = mimeType === "image/png" ? gradient(channels) : smooth;
      const payload = await io.encode(picture);
      assert.equal(payload.type, mimeType);
      assert.equal(payload.filename, `output.${mimeType.slice("image/".length)}`);
      const back = await io.decode(payload);
      assert.deepEqual([back.width, back.height, back.channels], [16, 9, channels]);
      for (const [at, value] of picture.data.entries()) {
        const alpha = channels === 4 && at % 4 === 3;
        // A JPEG has no alpha: it comes back opaque.
        const wanted = alpha && mimeType === "image/jpeg" ? 255 : value;
        const slack = mimeType === "image/png" || alpha ? 0 : 3;
        assert.ok(Math.abs((back.data[at] ?? -99) - wanted) <= slack, `${mimeType} ${mode} ${at}`);
      }
    }
  }
});

test("image() refuses to encode anything but a picture", async () => {
  const good = gradient(3);
  const cases: readonly [unknown, RegExp][] = [
    [undefined, /A picture is an object with pixels, but was undefined/],
    [{ ...good, width: 0 }, /whole numbers from 1, but were 0 x 9/],
    [{ ...good, height: 1.5 }, /but were 16 x 1.5/],
    [{ ...good, channels: 2 }, /1, 3 or 4 channels, but had 2/],
    [{ ...good, data: [1, 2] }, /is a Uint8Array, but was Array/],
    [{ ...good, data: new Uint8Array(5) }, /16 x 9 pixels in 3 channels has 432 bytes, but had 5/],
  ];
  for (const [value, message] of cases) {
    await assert.rejects(
      async () => image().encode(value as Picture),
      (thrown: unknown) => {
        assert.ok(thrown instanceof TypeError);
        assert.match(thrown.message, message);
        return true;
      },
    );
  }
  const wide: Picture = { width: 16384, height: 1, channels: 1, data: new Uint8Array(16384) };
  await assert.rejects(async () => image({ mimeType: "image/webp" }).encode(wide), {
    name: "TypeError",
    message: "A WebP has at most 16383 pixels a side, but was given 16384 x 1",
  });
});

const LABELS = [
  undefined,
  "",
  "application/octet-stream",
  "image/jpg",
  "image/gif",
  "Image/PNG; x=1",
  "text/plain",
  "application/x-www-form-urlencoded",
];

test("image() takes a picture of any media type", async () => {
  const bytes = fixture("grey-1.png");
  for (const type of LABELS) {
    const { data } = await image().decode({ bytes, type });
    assert.equal(Buffer.from(data).toString("hex"), EXPECTED["grey-1.png"]?.RGB, String(type));
  }
});

test("image() checks the bytes against allowedMimeTypes", async () => {
  const narrow = image({ allowedMimeTypes: ["image/jpeg", "image/webp"] });
  for (const type of [...LABELS, "image/jpeg"]) {
    await assert.rejects(
      async () => narrow.decode({ bytes: fixture("grey-1.png"), type }),
      rejectsWith(
        "unsupported_media_type",
        /^The picture must be one of image\/jpeg, image\/webp, but its bytes are PNG$/,
      ),
    );
    await narrow.decode({ bytes: fixture("baseline.jpg"), type });
  }
});

const OTHER_FORMATS: readonly [string, string][] = [
  ["\0\0\0\x1cftypavif", "AVIF"],
  ["\0\0\0\x1cftypavis", "AVIF"],
  ["\0\0\0\x1cftypheic", "HEIC"],
  ["\0\0\0\x1cftypheix", "HEIC"],
  ["\0\0\0\x1cftypmif1", "HEIC"],
  ["\0\0\0\x1cftypisom", "an MPEG-4 file"],
  ["\xff\x0a\xfa\x3f", "JPEG XL"],
  ["\0\0\0\x0cJXL \r\n", "JPEG XL"],
  ["\0\0\0\x0cjP  \r\n", "JPEG 2000"],
  ["\xff\x4f\xff\x51", "JPEG 2000"],
  ["II\xbc\x01", "JPEG XR"],
  ["II+\0\x08\0", "BigTIFF"],
  ["\0\0\x01\0\x01\0", "ICO"],
  ["8BPS\0\x01", "PSD"],
  ["%PDF-1.7", "PDF"],
  ["%!PS-Adobe", "EPS"],
  ["P6\n3 2\n255\n", "PNM"],
  [`BM${" ".repeat(20)}`, "a BMP of an unknown kind"],
  ["GIF88a", "a GIF of an unknown version"],
  ["<svg/>", "SVG"],
  ["\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><svg xmlns='…'>", "SVG"],
  ["<?xml version='1.0'?><a/>", "XML"],
  ["<!DOCTYPE html><html>", "HTML"],
  ["data:image/png;base64,iVBORw0KGgo", "a data: URL, not the bytes it stands for"],
  ["iVBORw0KGgoAAAANSUhEUgAA", "Base64 text of a PNG, not its bytes"],
  ["/9j/4AAQSkZJRgABAQAAAQ", "Base64 text of a JPEG, not its bytes"],
  ["PK\x03\x04", "a ZIP archive"],
];

for (const [start, name] of OTHER_FORMATS) {
  test(`image() refuses ${JSON.stringify(start)} as ${name}`, async () => {
    const bytes = ascii(start);
    const all = IMAGE_MEDIA_TYPES.join(", ");
    for (const type of [undefined, "image/png", "text/plain"]) {
      await assert.rejects(async () => image().decode({ bytes, type }), {
        code: "unsupported_media_type",
        message: `The picture must be one of ${all}, but its bytes are ${name}`,
      });
    }
  });
}

test("image() names the format of other files", async () => {
  const cases: readonly [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /^The body is empty, but must be one of image\/jpeg/],
    [ascii("hello"), /of no known format: they begin with 68 65 6c 6c$/],
    [Uint8Array.of(7), /of no known format: they begin with 07$/],
  ];
  for (const [bytes, message] of cases) {
    for (const type of [undefined, "image/png", "application/octet-stream"]) {
      await assert.rejects(async () => image().decode({ bytes, type }), undecodable(message));
    }
  }
  await assert.rejects(
    async () => image().decode({ bytes: ascii("{}"), type: "application/json; a=b" }),
    rejectsWith("unsupported_media_type", /begin with 7b 7d; they were sent as application\/json$/),
  );
});

test("image() refuses options that it does not know", () => {
  const cases: readonly [object, string, RegExp][] = [
    [{ mode: "CMYK" }, "RangeError", /mode of image\(\) must be one of L, RGB, RGBA, but was CMYK/],
    [{ mode: 3 }, "TypeError", /mode .* but was 3/],
    [{ mimeType: "image/gif" }, "RangeError", /mimeType .* but was image\/gif/],
    [{ allowedMimeTypes: "image/png" }, "TypeError", /must be an array, but was image\/png/],
    [{ allowedMimeTypes: [] }, "RangeError", /but was empty/],
    [{ mimeType: "image/bmp" }, "RangeError", /one of image\/jpeg, image\/png, image\/webp, but/],
    [{ allowedMimeTypes: ["image/*"] }, "RangeError", /but was image\/\*/],
    [{ maxPixels: 0 }, "RangeError", /whole number from 1, but was 0/],
    [{ maxPixels: 1.5 }, "RangeError", /but was 1.5/],
    [{ maxPixels: "9" }, "TypeError", /must be a number, but was string/],
    [{ orient: 1 }, "TypeError", /orient .* must be true or false, but was 1/],
  ];
  for (const [options, name, message] of cases) {
    assert.throws(() => image(options), { name, message });
  }
  assert.equal(image().kind, "image");
  assert.equal(image().mediaType, "image/jpeg");
});

test("measure() returns the format and size of a file without decoding it", () => {
  for (const [name, { width, height }] of Object.entries(EXPECTED)) {
    assert.deepEqual(measure(fixture(name)), { format: typeOf(name), width, height });
  }
  // Enough of a file is the header.
  assert.deepEqual(measure(fixture("grey-1.png").subarray(0, 33)), {
    format: "image/png",
    width: EXPECTED["grey-1.png"]?.width,
    height: EXPECTED["grey-1.png"]?.height,
  });
  const cases: readonly [Uint8Array, RegExp][] = [
    [ascii("8BPS\0\x01"), /be one of image\/jpeg, image\/png, image\/webp, .* are PSD$/],
    [fixture("grey-1.png").subarray(0, 32), /decoded as PNG: it ends within its header$/],
  ];
  for (const [bytes, message] of cases) assert.throws(() => measure(bytes), undecodable(message));
});

test("provideWasm() refuses anything but the code of a codec", () => {
  // The smallest module there is: a magic number and a version.
  const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  assert.throws(() => provideWasm("gif-decode" as WasmCodec, module), {
    name: "RangeError",
    message: /one of jpeg-decode, .*png-decode.*, but was gif-decode/,
  });
  assert.throws(() => provideWasm("png-decode", new Uint8Array(8) as never), {
    name: "TypeError",
    message: "The code of png-decode must be a WebAssembly.Module",
  });
});
