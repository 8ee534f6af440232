import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { constants, deflateSync } from "node:zlib";
import { decodeByCrate, png } from "../../../src/io/picture/codec/png.ts";
import { readHeader, readPixels } from "../../../src/io/picture/codec/png-chunks.ts";
import type { Picture } from "../../../src/io/picture/picture.ts";
import { ascii, chunk, concat, randomNumbers, uint32 } from "../fixtures/pictures.ts";

/** The depths and the samples a pixel of each colour type. */
const COLOUR_TYPES: readonly (readonly [colour: number, depths: number[], samples: number])[] = [
  [0, [1, 2, 4, 8, 16], 1],
  [2, [8, 16], 3],
  [3, [1, 2, 4, 8], 1],
  [4, [8, 16], 2],
  [6, [8, 16], 4],
];

type Random = (below: number) => number;

const STRATEGIES = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FIXED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
];

/** Makes a PNG of noise with every filter, right or with one thing wrong. */
function randomPng(random: Random): Uint8Array {
  const noise = (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => (random(3) === 0 ? random(256) : random(4)));
  const [colour, depths, samples] = COLOUR_TYPES[random(5)] ?? assert.fail();
  const depth = depths[random(depths.length)] ?? assert.fail();
  const [width, height] = [1 + random(19), 1 + random(9)];
  const length = Math.ceil((width * depth * samples) / 8);
  const rows = Array.from({ length: height }, () =>
    concat(Uint8Array.of(random(random(40) === 0 ? 256 : 5)), noise(length)),
  );
  const wrong = random(20);
  // Rows too many or too few, or cut within one.
  const raw = concat(...rows, ...(wrong === 0 ? [noise(random(300))] : []));
  const cut = wrong === 1 ? raw.subarray(0, random(raw.length)) : raw;
  const options = { level: random(10), strategy: STRATEGIES[random(4)] ?? 0 };
  const stream = new Uint8Array(deflateSync(cut, options));
  // Flips of coded bytes: in the header, in a block, and in the checksum.
  if (wrong === 2) stream[random(stream.length)] = random(256);
  if (wrong === 3) stream[random(2)] = random(256);
  if (wrong === 4) stream[stream.length - 1 - random(4)] = random(256);
  const data = wrong === 5 ? stream.subarray(0, random(stream.length)) : stream;
  const tail = wrong === 6 ? noise(random(20)) : new Uint8Array(0);
  const split = random(data.length + 1);
  const methods = Uint8Array.of(wrong === 7 ? random(3) : 0, wrong === 8 ? random(3) : 0);
  const interlace = random(8) === 0 ? random(3) : 0;
  const header = concat(Uint8Array.of(depth, colour), methods, Uint8Array.of(interlace));
  const file = concat(
    ascii("\x89PNG\r\n\x1a\n"),
    chunk("IHDR", concat(uint32(width), uint32(height), header)),
    colour === 3 ? chunk("PLTE", noise(3 * (1 + random(2 ** depth)))) : new Uint8Array(0),
    random(4) === 0 ? chunk("tRNS", noise(random(8))) : new Uint8Array(0),
    chunk("IDAT", data.subarray(0, split)),
    chunk("IDAT", concat(data.subarray(split), tail)),
    chunk("IEND", new Uint8Array(0)),
  );
  if (wrong === 9) file[file.length - 13 - random(8)] = random(256);
  return wrong === 10 ? file.subarray(0, file.length - random(40)) : file;
}

/** Returns the picture, or the message of the error. */
async function outcome(decode: () => Picture | Promise<Picture>): Promise<Picture | string> {
  try {
    const { width, height, channels, data } = await decode();
    return { width, height, channels, data: new Uint8Array(data) };
  } catch (thrown) {
    return String(thrown);
  }
}

test("a PNG is decoded by zlib to the pixels of the png crate, or refused as by it", async () => {
  const seed = Number(process.env["PNG_SEED"] ?? Date.now() % 1_000_000) || 1;
  const random = randomNumbers(seed);
  const rounds = Number(process.env["PNG_ROUNDS"] ?? 800);
  let pictures = 0;
  for (let round = 0; round < rounds; round += 1) {
    const file = randomPng(random);
    const found = await outcome(() => png.decode(file));
    const wanted = await outcome(() => {
      const header = readHeader(file);
      return decodeByCrate(file, header, readPixels(file, header));
    });
    const what = `PNG_SEED=${seed} round ${round}: ${Buffer.from(file).toString("hex")}`;
    assert.ok(isDeepStrictEqual(found, wanted), what);
    if (typeof found !== "string") pictures += 1;
  }
  assert.ok(pictures > rounds / 3, `${pictures} of ${rounds} files are pictures`);
});
