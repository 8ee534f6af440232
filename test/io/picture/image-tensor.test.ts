import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageTensorOptions, image, type Picture, resizePicture, toTensor } from "ekiben";
import { digest, fixture } from "../fixtures/pictures.ts";

/** Tensors as Pillow and NumPy make them in single precision: the start of their SHA-256. */
const { files, cases } = JSON.parse(new TextDecoder().decode(fixture("tensors.json"))) as {
  readonly files: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly file: string;
    readonly options: ImageTensorOptions;
    readonly shape: readonly number[];
    readonly sha256: string;
  }[];
};

const bytesOf = (file: string): Uint8Array =>
  new Uint8Array(Buffer.from(files[file] ?? "", "base64"));

test("image() with a layout decodes to the tensors that Pillow and NumPy make", async () => {
  for (const { file, options, shape, sha256 } of cases) {
    const payload = { bytes: bytesOf(file), type: undefined };
    const found = await image(options).decode(payload);
    const what = `${file} ${JSON.stringify(options)}`;
    assert.equal(found.dtype, options.dtype, what);
    assert.deepEqual(found.shape, shape, what);
    const { buffer, byteOffset, byteLength } = found.data;
    assert.equal(digest(new Uint8Array(buffer, byteOffset, byteLength)), sha256, what);
    const { mode = "RGB", resize, ...tensorOptions } = options;
    const read = image(resize === undefined ? { mode } : { mode, resize });
    assert.deepEqual(toTensor(await read.decode(payload), tensorOptions), found, what);
  }
});

test("image() with a size decodes to a picture of that size", async () => {
  const payload = { bytes: bytesOf("smooth.png"), type: "image/png" };
  const whole = await image().decode(payload);
  for (const fit of ["fill", "cover", "contain"] as const) {
    const resize = { width: 20, height: 20, fit };
    const picture = await image({ resize }).decode(payload);
    assert.deepEqual([picture.width, picture.height, picture.channels], [20, 20, 3]);
    assert.deepEqual(picture, resizePicture(whole, resize));
  }
});

test("image() with the fit inside decodes to the shape of the picture", async () => {
  const payload = { bytes: bytesOf("smooth.png"), type: "image/png" };
  const { width, height } = await image().decode(payload);
  for (const [side, scale] of [
    [20, 20 / Math.max(width, height)],
    [4000, 1],
  ] as const) {
    const resize = { width: side, height: side, fit: "inside" } as const;
    const { shape } = await image({ resize, layout: "NCHW" }).decode(payload);
    assert.deepEqual(shape, [1, 3, Math.round(height * scale), Math.round(width * scale)]);
  }
});

test("image() with a layout answers with pictures", async () => {
  const io = image({ mode: "L", layout: "NCHW", mimeType: "image/png" });
  const picture: Picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) };
  const payload = await io.encode(picture);
  const { shape, data } = await io.decode(payload);
  assert.deepEqual(shape, [1, 1, 1, 2]);
  assert.deepEqual([...data], [0, 1]);
});

test("image() keeps the options that it was given", async () => {
  const mean = [0.5, 0.5, 0.5];
  const resize = { width: 1, height: 1 };
  const io = image({ layout: "NHWC", resize, normalize: { mean, std: 0.5 } });
  mean[0] = 9;
  resize.width = 5;
  const bytes = bytesOf("smooth.png");
  const wanted = image({
    layout: "NHWC",
    resize: { width: 1, height: 1 },
    normalize: { mean: 0.5, std: 0.5 },
  });
  const payload = { bytes, type: undefined };
  assert.deepEqual(await io.decode(payload), await wanted.decode(payload));
});

const square = { width: 8, height: 8 };

test("image() refuses options of tensors and sizes that it does not know", () => {
  const refused: readonly (readonly [object, string, RegExp])[] = [
    [
      { layout: "CHW" },
      "RangeError",
      /^layout of image\(\) must be one of NCHW, NHWC, but was CHW$/,
    ],
    [{ layout: 4 }, "TypeError", /^layout of image\(\) .* but was 4$/],
    [
      { normalize: "imagenet" },
      "TypeError",
      /^normalize of image\(\) is for tensors, which also ne/,
    ],
    [
      { dtype: "float32" },
      "TypeError",
      /^dtype of image\(\) is for tensors, .* a layout, "NCHW" or/,
    ],
    [
      { layout: "NCHW", dtype: "int8" },
      "RangeError",
      /one of float32, float16, uint8, but was int8/,
    ],
    [{ layout: "NCHW", dtype: "uint8", normalize: "imagenet" }, "RangeError", /dtype was uint8/],
    [
      { layout: "NCHW", mode: "L", normalize: "imagenet" },
      "RangeError",
      /mode RGB, but mode was L/,
    ],
    [
      { layout: "NCHW", normalize: true },
      "TypeError",
      /\{ mean, std \}, "imagenet" or false, but was/,
    ],
    [{ layout: "NCHW", normalize: "clip" }, "TypeError", /"imagenet" or false, but was "clip"/],
    [
      { layout: "NCHW", normalize: {} },
      "TypeError",
      /^mean of normalize of image\(\) must be a number, or 3/,
    ],
    [{ layout: "NCHW", normalize: { mean: 0 } }, "TypeError", /std of .* but had undefined/],
    [
      { layout: "NCHW", normalize: { mean: [0, 0], std: 1 } },
      "RangeError",
      /or 3 for mode RGB, but h/,
    ],
    [
      { layout: "NCHW", normalize: { mean: 0, std: [1, 0, 1] } },
      "RangeError",
      /not be 0, but was 1, 0/,
    ],
    [{ layout: "NCHW", normalize: { mean: "0", std: 1 } }, "TypeError", /but had "0"/],
    [{ layout: "NCHW", normalize: { mean: Number.NaN, std: 1 } }, "TypeError", /but had NaN/],
    [
      { layout: "NCHW", normalize: { means: 0, std: 1 } },
      "TypeError",
      /"means": did you mean "mean"/,
    ],
    [{ layout: "NCHW", normalise: {} }, "TypeError", /"normalise": did you mean "normalize"\?/],
    [{ resize: 224 }, "TypeError", /the options must be an object, not 224/],
    [
      { resize: { width: 8 } },
      "RangeError",
      /^height of resize of image\(\) must be a whole number from/,
    ],
    [
      { resize: { width: 0, height: 8 } },
      "RangeError",
      /^width of resize .* from 1 to 65535, but was 0/,
    ],
    [{ resize: { width: 65536, height: 8 } }, "RangeError", /but was 65536/],
    [
      { resize: { ...square, fit: "stretch" } },
      "RangeError",
      /one of fill, cover, contain, inside, but was s/,
    ],
    [
      { resize: { ...square, filter: "box" } },
      "RangeError",
      /filter of resize of image\(\) must be one of bi/,
    ],
    [
      { resize: { ...square, background: 256 } },
      "RangeError",
      /whole numbers from 0 to 255, but was 2/,
    ],
    [
      { resize: { ...square, background: [1, 2] } },
      "RangeError",
      /a number, or 3 for mode RGB, but h/,
    ],
    [{ resize: { ...square, backround: 0 } }, "TypeError", /did you mean "background"\?/],
  ];
  for (const [options, name, message] of refused) {
    assert.throws(() => image(options), { name, message }, JSON.stringify(options));
  }
});

test("toTensor() and resizePicture() refuse what is not a picture, and wrong options", () => {
  const picture: Picture = { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) };
  const none = undefined as never;
  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => toTensor(none, { layout: "NCHW" }),
      /^A picture is an object with pixels, but was undef/,
    ],
    [
      () => toTensor(picture, none),
      /^Cannot make a tensor of a picture: the options must be an obj/,
    ],
    [
      () => toTensor(picture, {} as never),
      /^layout of toTensor\(\) must be one of NCHW, NHWC, but was/,
    ],
    [
      () => toTensor(picture, { layout: "NCHW", normalize: "imagenet" }),
      /of toTensor\(\) is for mode/,
    ],
    [() => resizePicture(none, square), /^A picture is an object with pixels, but was undefined/],
    [
      () => resizePicture(picture, none),
      /^Cannot define resizePicture\(\): the options must be an object, no/,
    ],
    [() => resizePicture(picture, { width: 1, height: 2.5 }), /^height of resizePicture\(\)/],
  ];
  for (const [call, message] of refused) assert.throws(call, { message });
});
