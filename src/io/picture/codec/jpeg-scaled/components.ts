/**
 * The components of a JPEG that is decoded at a smaller scale: their blocks, and their samples.
 * @module
 */

import { greatest, type JpegSegments } from "../jpeg-split.ts";
import {
  type BlockSize,
  flatSample,
  type Inverse,
  type Samples,
  toEight,
  toFour,
  toTwo,
} from "./inverse.ts";

const INVERSES: Readonly<Record<Exclude<BlockSize, 1>, Inverse>> = {
  2: toTwo,
  4: toFour,
  8: toEight,
};

/** One component. Its blocks fill whole MCUs, beyond the edges of the picture. */
export class ScaledComponent {
  readonly id: number;
  /** The blocks in an MCU. */
  readonly across: number;
  readonly down: number;
  /** The number of its quantization table. */
  readonly quantization: number;
  /** The samples a side of a block. */
  readonly size: BlockSize;
  /** The size of the component in samples, without those beyond the edges. */
  readonly width: number;
  readonly height: number;
  /** The blocks that a scan of this component alone has. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  readonly samples: Samples;
  /** The factors of the coefficients, in the order of the file; set by the first scan. */
  factors: Int32Array | undefined;

  constructor(fields: ComponentFields) {
    const { mcus, width, height, size, ...rest } = fields;
    this.id = rest.id;
    this.across = rest.across;
    this.down = rest.down;
    this.quantization = rest.quantization;
    this.size = size;
    this.width = Math.ceil((width * size) / 8);
    this.height = Math.ceil((height * size) / 8);
    this.blocksWide = Math.ceil(width / 8);
    this.blocksHigh = Math.ceil(height / 8);
    const stride = mcus.wide * this.across * size;
    const data = new Uint8ClampedArray(stride * mcus.high * this.down * size);
    this.samples = { data, stride };
  }

  /** The number of blocks in a row, with those beyond the edge. */
  get stride(): number {
    return this.samples.stride / this.size;
  }

  /** Transforms a block of dequantized coefficients. */
  put(block: Int32Array, row: number, column: number): void {
    const { size, samples } = this;
    const at = row * size * samples.stride + column * size;
    if (size === 1) samples.data[at] = flatSample(block[0] as number);
    else INVERSES[size](block, samples, at);
  }

  /** Fills a block whose AC coefficients are 0. */
  putFlat(dc: number, row: number, column: number): void {
    const { size, samples } = this;
    const { data, stride } = samples;
    const sample = flatSample(dc);
    let at = row * size * stride + column * size;
    for (let y = 0; y < size; y += 1, at += stride) {
      for (let x = 0; x < size; x += 1) data[at + x] = sample;
    }
  }
}

/** The number of MCUs. */
export interface Mcus {
  readonly wide: number;
  readonly high: number;
}

interface ComponentFields {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantization: number;
  readonly size: BlockSize;
  /** The size in samples if it were not scaled. */
  readonly width: number;
  readonly height: number;
  readonly mcus: Mcus;
}

/** Returns the number of MCUs of an interleaved scan. */
export function mcusOf({ frame }: JpegSegments): Mcus {
  return {
    wide: Math.ceil(frame.width / (8 * greatest(frame.components, "across"))),
    high: Math.ceil(frame.height / (8 * greatest(frame.components, "down"))),
  };
}

/**
 * Returns the components of a file, each to be decoded with `size` samples a block, or with twice
 * as many where that saves an interpolation, as in libjpeg.
 */
export function scaledComponents(jpeg: JpegSegments, size: BlockSize): readonly ScaledComponent[] {
  const { components, width, height } = jpeg.frame;
  const most = { across: greatest(components, "across"), down: greatest(components, "down") };
  const mcus = mcusOf(jpeg);
  return components.map(({ id, across, down, quantization }) => {
    const halved = most.across === 2 * across && most.down === 2 * down;
    return new ScaledComponent({
      id,
      across,
      down,
      quantization,
      size: halved ? doubled(size) : size,
      width: Math.ceil((width * across) / most.across),
      height: Math.ceil((height * down) / most.down),
      mcus,
    });
  });
}

function doubled(size: BlockSize): BlockSize {
  return size === 1 ? 2 : size === 2 ? 4 : 8;
}
