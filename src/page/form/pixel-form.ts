/**
 * The form of a tensor that a picture fits: a picture, scaled to the shape, and how its pixels
 * become elements.
 * @module
 */

import { field, fill, h } from "../dom.ts";
import { type PixelOptions, pictureTensor } from "../tensor/picture-tensor.ts";
import { type PictureShape, shapeText } from "../tensor/shape.ts";
import { FormError, type OnChange } from "./form.ts";
import { pictureSource } from "./picture-form.ts";

/** A form of pixels. */
export interface PixelForm {
  readonly element: HTMLElement;
  /** Returns the elements. @throws FormError if there is no picture */
  read(): Promise<Float32Array>;
  close(): void;
}

const TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp"];

/** Makes a form of pixels. A grey one is drawn first, as light ink on dark. */
export function pixelForm(shape: PictureShape, dtype: string, onChange: OnChange): PixelForm {
  const isGrey = shape.channels === 1;
  const source = pictureSource(TYPES, isGrey, onChange);
  const edited = (): void => onChange("edited");
  const isWhole = /int/i.test(dtype);
  const ranges: readonly PixelOptions["range"][] = ["0..1", "0..255", "-1..1", "ImageNet"];
  const range = h(
    "select",
    { onchange: edited },
    ...ranges.map((each) =>
      h("option", { value: each, selected: each === (isWhole ? "0..255" : "0..1") }, each),
    ),
  );
  const inverted = h("input", { type: "checkbox", checked: isGrey, onchange: edited });
  const preview = h("canvas", {
    width: shape.width,
    height: shape.height,
    class: "pixels",
    role: "img",
    "aria-label": "The picture as the model sees it",
  });
  const note = h("p", { class: "hint" }, `Scaled to ${shapeText(shape.shape)}`);
  const element = h(
    "div",
    { class: "pixel-form" },
    source.element,
    h(
      "div",
      { class: "row" },
      field("Values", range),
      field("Invert (light ink on dark)", inverted),
      h("figure", {}, preview, h("figcaption", {}, note)),
    ),
  );
  return {
    element,
    close: source.close,
    async read() {
      const { file } = await source.read();
      const rgba = await scaled(file, shape);
      show(preview, rgba, shape, inverted.checked);
      const options = { range: range.value as PixelOptions["range"], isInverted: inverted.checked };
      fill(note, `Scaled to ${shapeText(shape.shape)}`);
      return pictureTensor(rgba.data, shape, options);
    },
  };
}

/** Returns the pixels of a picture, scaled to fit the shape, on white. */
async function scaled(file: Blob, { width, height }: PictureShape): Promise<ImageData> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new FormError("The browser cannot read this picture");
  }
  const canvas = h("canvas", { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (pen === null) throw new FormError("The browser has no canvas");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "high";
  const scale = Math.min(width / bitmap.width, height / bitmap.height);
  const [w, tall] = [bitmap.width * scale, bitmap.height * scale];
  pen.drawImage(bitmap, (width - w) / 2, (height - tall) / 2, w, tall);
  bitmap.close();
  return pen.getImageData(0, 0, width, height);
}

function show(
  canvas: HTMLCanvasElement,
  { data }: ImageData,
  { width, height, channels }: PictureShape,
  isInverted: boolean,
): void {
  const shown = new ImageData(width, height);
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
    const grey = red * 0.299 + green * 0.587 + blue * 0.114;
    const pixel = channels === 3 ? [red, green, blue] : [grey, grey, grey];
    shown.data.set([...pixel.map((value) => (isInverted ? 255 - value : value)), 255], at);
  }
  canvas.getContext("2d")?.putImageData(shown, 0, 0);
}
