import assert from "node:assert/strict";
import { test } from "node:test";
import { image, type Picture } from "../../../src/io/picture/image.ts";
import { CASES, type Digests, digest, fixture, PILLOW } from "../fixtures/pictures.ts";

/** Decodes a file in every mode and compares each with what Pillow has. */
async function checkPixels(name: string, bytes: Uint8Array, expected: Digests): Promise<void> {
  const read = async (options: object): Promise<Picture> =>
    image(options).decode({ bytes, type: undefined });
  for (const mode of ["L", "RGB", "RGBA"] as const) {
    const { width, height, data } = await read({ mode });
    const found = [width, height, digest(data)];
    assert.deepEqual(found, [expected.width, expected.height, expected[mode]], `${name} ${mode}`);
  }
  if (expected.oriented === undefined) return;
  const { data } = await read({ orient: true });
  assert.equal(digest(data), expected.oriented, `${name} oriented`);
}

for (const [name, expected] of Object.entries(CASES)) {
  test(`image() decodes cases/${name} to the pixels that Pillow has`, async () => {
    await checkPixels(name, fixture(`cases/${name}`), expected);
  });
}

const families = Map.groupBy(Object.keys(PILLOW), (name) => name.replace(/(?=-|\.).*/, ""));

for (const [family, names] of families) {
  test(`image() decodes ${names.length} files of ${family} to Pillow's pixels`, async () => {
    for (const name of names) {
      const { file, ...expected } = PILLOW[name] ?? assert.fail(name);
      await checkPixels(name, new Uint8Array(Buffer.from(file, "base64")), expected);
    }
  });
}
