/**
 * PictureCodec: the thread in which pictures are decoded and encoded. A small picture takes less
 * time than a message to another thread and back; a large one would block all other requests.
 * @module
 */

import { type DecodeOptions, decodePicture, encodePicture, measure } from "./codec/codec.ts";
import type { OutputImageMediaType } from "./codec/format.ts";
import { convertPicture, type Picture, type PictureMode } from "./picture.ts";

/** The options of decoding: plain data, so that they can be sent to another thread. */
export interface ReadOptions extends DecodeOptions {
  /** The layout of the result. */
  readonly mode: PictureMode;
}

/** Decodes and encodes pictures. */
export interface PictureCodec {
  /** @throws ServiceError `invalid_argument` or `payload_too_large`; see `decodePicture()` */
  decode(bytes: Uint8Array, options: ReadOptions, signal?: AbortSignal): Promise<Picture>;
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
    return convertPicture(await decodePicture(bytes, options), mode);
  },
  encode: encodePicture,
};

/** 512 x 512 pixels take 10 to 25 ms to decode, and a few times as long to encode. */
const LARGE_PIXELS = 2 ** 18;

/** A small picture of more bytes may be crafted to take long. */
const LARGE_BYTES = 2 ** 20;

/**
 * Returns a codec that handles small pictures in the calling thread, and large ones `elsewhere`.
 */
export function splitBySize(elsewhere: PictureCodec): PictureCodec {
  return {
    decode: (bytes, options, signal) =>
      (bytes.length > LARGE_BYTES || isLarge(declaredSize(bytes)) ? elsewhere : inPlace).decode(
        bytes,
        options,
        signal,
      ),
    encode: (picture, mediaType, signal) =>
      (isLarge(picture) ? elsewhere : inPlace).encode(picture, mediaType, signal),
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function isLarge({ width, height }: Size): boolean {
  return width * height > LARGE_PIXELS;
}

/** Returns 0 for a file without a size: decoding in place reports at once what is wrong with it. */
function declaredSize(bytes: Uint8Array): Size {
  try {
    return measure(bytes);
  } catch {
    return { width: 0, height: 0 };
  }
}
