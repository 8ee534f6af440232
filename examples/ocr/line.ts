/** Makes a line of text in a picture the input of the reader. */
import {
  type Corners,
  type Picture,
  resizePicture,
  straightenPicture,
  type Tensor,
  toTensor,
} from "ekiben";

/** The height of the lines that the model was trained with, in pixels. */
export const LINE_HEIGHT = 48;
/** The greatest width of a line, some 150 characters: a longer one is less high. */
const MAX_WIDTH = 3072;
/**
 * Widths are multiples of this, so that lines of about the same length share a batch. The option
 * `pad` of the runnable would join lines of any length. But this model reads a line differently
 * beside a longer one, and an answer is not to depend on the requests of others.
 */
const WIDTH_STEP = 64;
/** The level beside a line, which becomes 0. */
const GREY = 128;

/** @returns [1, 3, 48, width], from -1 to 1 */
export function lineTensor(picture: Picture, box: Corners): Tensor<"float32"> {
  const line = straightenPicture(picture, box, { filter: "bilinear" });
  const width = (LINE_HEIGHT * line.width) / line.height;
  const boxed = resizePicture(line, {
    width: Math.min(MAX_WIDTH, Math.ceil(width / WIDTH_STEP) * WIDTH_STEP),
    height: LINE_HEIGHT,
    fit: "contain",
    filter: "bilinear",
    background: GREY,
  });
  return toTensor(boxed, { layout: "NCHW", normalize: { mean: 0.5, std: 0.5 } });
}
