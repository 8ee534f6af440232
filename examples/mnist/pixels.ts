/** Converts pictures to pixels like those that the model was trained on. */
import { type Picture, type Tensor, tensor, toTensor } from "ekiben";

/** The side of the model's input. */
const SIDE = 28;
/** MNIST's digits were scaled to fit a square of this side, then centred by their mass. */
const BOX = 20;

/**
 * Returns the model's input for a grey picture: float32 [1, 1, 28, 28], white ink on black, 0 to 1.
 *
 * A picture of 28 x 28 with a dark background is used as it is. Any other is normalised as MNIST's
 * were (LeCun, Cortes, Burges): cropped to the ink, scaled to fit 20 x 20, and centred by its mass.
 */
export function toPixels(picture: Picture): Tensor<"float32"> {
  const { width, height } = picture;
  const pixels = toTensor(picture, { layout: "NCHW" });
  const grey = { width, height, ink: pixels.data };
  const dark = whiteOnBlack(grey);
  if (width === SIDE && height === SIDE && dark === grey) return pixels;
  return tensor("float32", [1, 1, SIDE, SIDE], normalised(dark));
}

interface Grey {
  readonly width: number;
  readonly height: number;
  /** Row-major, 0 to 1. */
  readonly ink: Float32Array;
}

/** Inverts a picture with a bright border: ink on paper. Returns any other as it is. */
function whiteOnBlack(grey: Grey): Grey {
  const { width, height, ink } = grey;
  let sum = 0;
  for (let x = 0; x < width; x++) sum += at(grey, x, 0) + at(grey, x, height - 1);
  for (let y = 0; y < height; y++) sum += at(grey, 0, y) + at(grey, width - 1, y);
  const isPaper = sum / (2 * (width + height)) > 0.5;
  return isPaper ? { width, height, ink: ink.map((value) => 1 - value) } : grey;
}

function at({ width, ink }: Grey, x: number, y: number): number {
  return ink[y * width + x] ?? 0;
}

/** Scales the ink to the box and centres it by its mass. Returns zeros for a blank picture. */
function normalised(grey: Grey): Float32Array {
  const pixels = new Float32Array(SIDE * SIDE);
  const box = boundsOfInk(grey);
  if (box === undefined) return pixels;
  const scale = Math.max(box.width, box.height) / BOX;
  const small = shrink(grey, box, scale);
  const { x, y } = centreOfMass(small);
  const left = Math.round((SIDE - 1) / 2 - x);
  const top = Math.round((SIDE - 1) / 2 - y);
  for (let row = 0; row < small.height; row++) {
    for (let column = 0; column < small.width; column++) {
      const [toX, toY] = [left + column, top + row];
      const inside = toX >= 0 && toX < SIDE && toY >= 0 && toY < SIDE;
      if (inside) pixels[toY * SIDE + toX] = at(small, column, row);
    }
  }
  return pixels;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Returns the smallest box around all pixels at least a fifth as bright as ink. */
function boundsOfInk(grey: Grey): Box | undefined {
  let [left, top, right, bottom] = [grey.width, grey.height, -1, -1];
  for (let y = 0; y < grey.height; y++) {
    for (let x = 0; x < grey.width; x++) {
      if (at(grey, x, y) < 0.2) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return undefined;
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Scales down: each pixel is the mean of the `scale` x `scale` area that it covers. */
function shrink(grey: Grey, box: Box, scale: number): Grey {
  const width = Math.max(1, Math.round(box.width / scale));
  const height = Math.max(1, Math.round(box.height / scale));
  const ink = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      ink[y * width + x] = mean(grey, box.left + x * scale, box.top + y * scale, scale);
    }
  }
  return { width, height, ink };
}

function mean(grey: Grey, left: number, top: number, side: number): number {
  let [sum, count] = [0, 0];
  for (let y = Math.floor(top); y < Math.max(top + side, Math.floor(top) + 1); y++) {
    for (let x = Math.floor(left); x < Math.max(left + side, Math.floor(left) + 1); x++) {
      sum += x < grey.width && y < grey.height ? at(grey, x, y) : 0;
      count += 1;
    }
  }
  return sum / count;
}

function centreOfMass(grey: Grey): { readonly x: number; readonly y: number } {
  let [mass, sumX, sumY] = [0, 0, 0];
  for (let y = 0; y < grey.height; y++) {
    for (let x = 0; x < grey.width; x++) {
      const weight = at(grey, x, y);
      mass += weight;
      sumX += weight * x;
      sumY += weight * y;
    }
  }
  return { x: sumX / mass, y: sumY / mass };
}
