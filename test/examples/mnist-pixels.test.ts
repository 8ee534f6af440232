import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { image, type Picture } from "ekiben";
import { openSession } from "ekiben/onnx";
import { toPixels } from "../../examples/mnist/pixels.ts";
import { root } from "../support/runtimes.ts";

const example = new URL("examples/mnist/", root);

interface Label {
  readonly file: string;
  readonly label: number;
}

const labels = JSON.parse(
  readFileSync(new URL("digits/labels.json", example), "utf8"),
) as readonly Label[];

async function digit({ file }: Label): Promise<Picture> {
  const bytes = readFileSync(new URL(`digits/${file}`, example));
  return await image({ mode: "L" }).decode({ bytes, type: "image/png" });
}

/** Draws the digit `scale` times as large on a larger sheet. */
function onSheet(picture: Picture, scale: number, paper: boolean): Picture {
  const [width, height, left, top] = [28 * scale + 90, 28 * scale + 30, 70, 5];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < 28 * scale; y++) {
    for (let x = 0; x < 28 * scale; x++) {
      const ink = picture.data[28 * Math.floor(y / scale) + Math.floor(x / scale)] ?? 0;
      data[(top + y) * width + left + x] = ink;
    }
  }
  return { width, height, channels: 1, data: paper ? data.map((ink) => 255 - ink) : data };
}

test("toPixels() leaves a digit of MNIST as it is", async () => {
  for (const label of labels) {
    const picture = await digit(label);
    const { shape, data } = toPixels(picture);
    assert.deepEqual(shape, [1, 1, 28, 28]);
    assert.deepEqual(
      [...data],
      Array.from(picture.data, (byte) => Math.fround(byte / 255)),
    );
  }
});

test("toPixels() finds the digit on a larger sheet, white on black or ink on paper", async () => {
  const session = await openSession(new URL("mnist-cnn.onnx", example));
  for (const label of labels) {
    for (const paper of [false, true]) {
      const sheet = onSheet(await digit(label), 9, paper);
      const { data } = await session.run(toPixels(sheet), { dtype: "float32" });
      const logits = Array.from(data);
      const read = logits.indexOf(Math.max(...logits));
      assert.equal(read, label.label, `${label.file} ${paper ? "on paper" : "white on black"}`);
    }
  }
  await session.close();
});

test("toPixels() returns zeros for a blank picture of any size", () => {
  for (const [width, height, value] of [
    [1, 1, 0],
    [1, 1, 255],
    [28, 28, 0],
    [300, 20, 255],
  ] as const) {
    const data = new Uint8Array(width * height).fill(value);
    const pixels = toPixels({ width, height, channels: 1, data });
    assert.ok(pixels.data.every((ink) => ink === 0));
  }
});
