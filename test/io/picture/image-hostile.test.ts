import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { ServiceError } from "../../../src/error.ts";
import { readHeader, readPixels } from "../../../src/io/picture/codec/png-chunks.ts";
import { pngFile } from "../../../src/io/picture/codec/png-file.ts";
import { wasmCodec } from "../../../src/io/picture/codec/wasm.ts";
import { image } from "../../../src/io/picture/image.ts";
import {
  ascii,
  chunk,
  concat,
  decode,
  EXPECTED,
  fixture,
  frameOf,
  PILLOW,
  patched,
  pngOf,
  randomNumbers,
  rejectsWith,
  typeOf,
  undecodable,
  webpOf,
} from "../fixtures/pictures.ts";

test("image() refuses more pixels than the limit by what the header declares", async () => {
  const jpeg = fixture("baseline.jpg");
  const frame = frameOf(jpeg);
  const canvas = Uint8Array.of(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
  const cases: readonly [Uint8Array, RegExp][] = [
    [
      pngOf({ width: 60000, height: 60000, raw: new Uint8Array(9) }),
      /^The PNG declares 60000 x 60000 pixels, which is 3600000000, but at most 16777216 are acc/,
    ],
    [patched(jpeg, frame + 1, 0xff, 0xff, 0xff, 0xff), /JPEG declares 65535 x 65535 pixels/],
    [webpOf("VP8X", canvas), /WebP declares 16777216 x 16777216 pixels/],
    [patched(fixture("lossy.webp"), 26, 0xff, 0x3f, 0xff, 0x3f), /WebP declares 16383 x 16383/],
    [patched(fixture("lossless.webp"), 21, 0xff, 0xff, 0xff, 0x0f), /declares 16384 x 16384/],
  ];
  for (const [bytes, message] of cases) {
    await assert.rejects(decode(bytes), rejectsWith("payload_too_large", message));
  }
  const small = image({ maxPixels: 119 });
  const payload = { bytes: fixture("lossless.webp"), type: "image/webp" };
  await assert.rejects(async () => small.decode(payload), rejectsWith("payload_too_large", /119/));
  await image({ maxPixels: 120 }).decode(payload);
});

test("image() refuses a width or height of zero", async () => {
  const jpeg = fixture("baseline.jpg");
  const cases: readonly Uint8Array[] = [
    pngOf({ width: 0, height: 5, raw: new Uint8Array(9) }),
    pngOf({ width: 5, height: 0, raw: new Uint8Array(9) }),
    patched(jpeg, frameOf(jpeg) + 1, 0, 0),
    patched(fixture("lossy.webp"), 26, 0, 0),
  ];
  for (const bytes of cases) {
    await assert.rejects(decode(bytes), undecodable(/declares \d+ x \d+ pixels, which is none/));
  }
});

test("image() refuses a PNG whose data is too long for its size", async () => {
  // A mebibyte of zeros is 1 KiB packed, and every byte of it is past the last pixel.
  const cases: readonly [number, number, RegExp][] = [
    [10, 2 ** 21, /its 2\d{3} bytes of data are more than the 1336 it can need/],
    [1, 2 ** 21, /its 2\d{3} bytes of data are more than the 1066 it can need/],
  ];
  for (const [side, length, message] of cases) {
    const bomb = pngOf({ width: side, height: side, raw: new Uint8Array(length) });
    await assert.rejects(decode(bomb), undecodable(message));
  }
  // Up to that bound it is inflated and dropped.
  const tail = pngOf({ width: 10, height: 10, raw: new Uint8Array(2 ** 20) });
  assert.equal((await decode(tail)).data.length, 300);
});

test("image() stops inflating a PNG where its pixels end", { timeout: 300_000 }, async () => {
  const raw = new Uint8Array(2 ** 28 + 2 ** 22);
  const bomb = pngOf({ width: 400, height: 400, raw });
  const most = 400 * 400 + 4 * 400 + 16;
  await assert.rejects(decode(bomb), (thrown: unknown) => {
    assert.ok(thrown instanceof ServiceError);
    const [, inflated, needed] =
      /its data inflates to (\d+) bytes or more, but can need (\d+)/.exec(thrown.message) ?? [];
    assert.equal(Number(needed), most);
    assert.ok(Number(inflated) > most, thrown.message);
    // One slice of 16 KiB can become 16 MiB.
    assert.ok(Number(inflated) <= most + 2 ** 24 + 2 ** 15, thrown.message);
    return true;
  });
});

test("image() passes only chunks that affect pixels to the decoder", async () => {
  const zeros = deflateSync(new Uint8Array(2 ** 24));
  const plain = pngOf({ width: 10, height: 10 });
  for (const type of ["iCCP", "zTXt", "iTXt", "eXIf", "acTL"]) {
    const body = concat(ascii(type === "iTXt" ? "k\0\x01\0\0\0" : "k\0\0"), zeros);
    const around = concat(chunk(type, body), chunk(type, body));
    const bytes = pngOf({ width: 10, height: 10, before: around, after: around });
    const header = readHeader(bytes);
    const file = pngFile(bytes, header, readPixels(bytes, header));
    const handedOn = file.reduce((sum, part) => sum + part.length, 0);
    assert.equal(handedOn, plain.length, type);
    assert.equal((await decode(bytes)).data.length, 300);
  }
});

const FILES = Object.keys(EXPECTED);

/** Yields every length within the headers and near the end of a file, and some in between. */
function* cutsOf(length: number): Generator<number> {
  for (let end = 0; end < length; end += end < 150 || end > length - 50 ? 1 : 7) yield end;
}

test("image() refuses a file cut anywhere", { timeout: 240_000 }, async () => {
  for (const name of FILES) {
    const bytes = fixture(name);
    for (const end of cutsOf(bytes.length)) {
      const cut = bytes.subarray(0, end);
      // The IEND of a PNG and the checksum before it are no part of the picture.
      if (name.endsWith(".png") && end >= bytes.length - 16) {
        const { data } = await decode(cut);
        assert.equal(Buffer.from(data).toString("hex"), EXPECTED[name]?.RGB);
        continue;
      }
      await assert.rejects(
        decode(cut, typeOf(name)),
        undecodable(/could not be decoded as|no known format|The body is empty/),
        `${name} cut at ${end}`,
      );
    }
  }
});

/** Decodes, and lets pass only a picture or the two answers that hostile bytes may get. */
async function survives(bytes: Uint8Array, what: string): Promise<void> {
  try {
    const picture = await decode(bytes);
    assert.equal(picture.data.length, picture.width * picture.height * 3, what);
  } catch (thrown) {
    assert.ok(thrown instanceof ServiceError, `${what}: ${thrown}`);
    const codes = ["invalid_argument", "payload_too_large", "unsupported_media_type"];
    assert.ok(codes.includes(thrown.code), what);
  }
}

test("image() survives flipped bytes", { timeout: 300_000 }, async () => {
  const random = randomNumbers(20_240_229);
  for (const name of FILES) {
    const bytes = fixture(name);
    for (let round = 0; round < 150; round += 1) {
      const broken = bytes.slice();
      const flips = 1 + random(6);
      for (let flip = 0; flip < flips; flip += 1) broken[random(bytes.length)] = random(256);
      await survives(broken, `${name} round ${round}`);
    }
  }
});

test("image() survives broken files of every format", { timeout: 300_000 }, async () => {
  const seed = Number(process.env["PICTURE_SEED"] ?? Date.now() % 1_000_000) || 1;
  const random = randomNumbers(seed);
  for (const [name, { file }] of Object.entries(PILLOW)) {
    const bytes = new Uint8Array(Buffer.from(file, "base64"));
    for (let round = 0; round < 8; round += 1) {
      const broken = bytes.slice();
      // Half of them in the header, where sizes and offsets stand.
      const reach = round % 2 === 0 ? bytes.length : Math.min(64, bytes.length);
      for (let flip = random(4); flip >= 0; flip -= 1) {
        broken[random(reach)] = [0, 1, 127, 255, random(256)][random(5)] ?? 0;
      }
      const end = round < 2 ? random(bytes.length) : bytes.length;
      await survives(broken.subarray(0, end), `PICTURE_SEED=${seed} ${name} round ${round}`);
    }
  }
});

test("image() survives PNG with right checksums around wrong data", async () => {
  const random = randomNumbers(77);
  for (let round = 0; round < 300; round += 1) {
    const raw = Uint8Array.from({ length: random(200) }, () => random(256) >> (round % 8));
    const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256));
    const before = concat(chunk("PLTE", noise(3 * random(5))), chunk("tRNS", noise(random(9))));
    const colour = random(8);
    const depth = 1 << random(5);
    const fields = { width: random(9), height: random(9), colour, depth, raw };
    await survives(pngOf(round % 2 === 0 ? fields : { ...fields, before }), `round ${round}`);
  }
});

test("image() decodes many at once, with broken ones among them", async () => {
  const good = fixture("baseline.jpg");
  const broken = patched(good, 30, 1, 2, 3, 4, 5);
  const all = Array.from({ length: 40 }, (_, at) => decode(at % 2 === 0 ? good : broken));
  const settled = await Promise.allSettled(all);
  for (const [at, result] of settled.entries()) {
    if (at % 2 === 0) {
      assert.ok(result.status === "fulfilled");
      const hex = Buffer.from(result.value.data).toString("hex");
      assert.equal(hex, EXPECTED["baseline.jpg"]?.RGB);
    }
  }
});

test("wasmCodec() replaces an instance in which a call has failed", async () => {
  let instances = 0;
  const codec = wasmCodec("png-decode", async () => {
    instances += 1;
    let broken = false;
    const call = (fail: boolean): boolean => {
      assert.ok(!broken, "called again");
      broken = fail;
      if (fail) throw new Error("failed");
      return true;
    };
    return { HEAPU8: new Uint8Array(0), call };
  });
  const failing = [false, false, true, false, true, true, false, false];
  // One after the other, then all at once, when all wait for the same instance.
  for (const fail of failing) {
    const outcome = codec(({ call }) => call(fail));
    await (fail ? assert.rejects(outcome, { message: "failed" }) : outcome);
  }
  assert.equal(instances, 4);
  const outcomes = await Promise.allSettled(failing.map((f) => codec(({ call }) => call(f))));
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.status === "rejected") assert.equal(outcome.reason.message, "failed");
    assert.equal(outcome.status, failing[at] ? "rejected" : "fulfilled");
  }
  assert.equal(instances, 7);
});
