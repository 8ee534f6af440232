/**
 * PictureCodec: the thread in which pictures are decoded and encoded. A small picture takes less
 * time than a message to another thread and back; a large one would block all other requests.
 * @module
 */

import type { Tensor } from "../../tensor.ts";
import { type DecodeOptions, decodePicture, encodePicture, pixelsDecoded } from "./codec/codec.ts";
import type { OutputImageMediaType } from "./codec/format.ts";
import { convertPicture, type Picture, type PictureMode } from "./picture.ts";
import { type PictureValues, tensorOfPicture } from "./picture-tensor.ts";
import { resizePicture } from "./resize.ts";

/** The options of decoding: plain data, so that they can be sent to another thread. */
export interface ReadOptions extends DecodeOptions {
  /** The mode of the result. */
  readonly mode: PictureMode;
}

/** The options of decoding to a tensor. */
export interface ReadTensorOptions extends ReadOptions {
  /** The tensor's values, of as many channels as `mode` has. */
  readonly values: PictureValues;
}

/** Decodes and encodes pictures. */
export interface PictureCodec {
  /** @throws ServiceError `invalid_argument` or `payload_too_large`; see `decodePicture()` */
  decode(bytes: Uint8Array, options: ReadOptions, signal?: AbortSignal): Promise<Picture>;
  /**
   * Decodes a picture to the input of a model.
   *
   * @throws ServiceError as `decode()`
   */
  decodeTensor(
    bytes: Uint8Array,
    options: ReadTensorOptions,
    signal?: AbortSignal,
  ): Promise<Tensor>;
  /** @throws TypeError for a picture that cannot be encoded; see `encodePicture()` */
  encode(
    picture: Picture,
    mediaType: OutputImageMediaType,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
}

/** Works in the calling thread. */
export const inPlace: PictureCodec = {
  async decode(bytes, { mode, ...options }) {
    const { resize } = options;
    const picture = convertPicture(await decodePicture(bytes, options), mode);
    return resize === undefined ? picture : resizePicture(picture, resize);
  },
  async decodeTensor(bytes, options) {
    return tensorOfPicture(await inPlace.decode(bytes, options), options.values);
  },
  encode: encodePicture,
};

/**
 * 512 x 512 pixels take 4 to 25 ms to decode, and a few times as long to encode. A JPEG of 1100 x
 * 1100 that is decoded at 1/8 takes as long.
 */
const LARGE_PIXELS = 2 ** 18;

/** A small picture of more bytes may be crafted to take long. */
const LARGE_BYTES = 2 ** 20;

/**
 * Returns a codec that handles small pictures in the calling thread, and large ones `elsewhere`.
 */
export function splitBySize(elsewhere: PictureCodec): PictureCodec {
  const codecFor = (bytes: Uint8Array, options: ReadOptions): PictureCodec =>
    isLarge(bytes, options) ? elsewhere : inPlace;
  return {
    decode: (bytes, options, signal) => codecFor(bytes, options).decode(bytes, options, signal),
    decodeTensor: (bytes, options, signal) =>
      codecFor(bytes, options).decodeTensor(bytes, options, signal),
    encode: (picture, mediaType, signal) => {
      const codec = picture.width * picture.height > LARGE_PIXELS ? elsewhere : inPlace;
      return codec.encode(picture, mediaType, signal);
    },
  };
}

function isLarge(bytes: Uint8Array, options: ReadOptions): boolean {
  if (bytes.length > LARGE_BYTES) return true;
  try {
    return pixelsDecoded(bytes, options) > LARGE_PIXELS;
  } catch {
    // Decoding in place reports at once what is wrong with it.
    return false;
  }
}
