/**
 * PictureCodec: where pictures are read and written. A small one costs less than the way to
 * another thread and back; a large one would hold up every other request for as long as it takes.
 * @module
 */

import { type DecodeOptions, decodePicture, encodePicture, measure } from "./codec/codec.ts";
import type { OutputImageMediaType } from "./codec/format.ts";
import { convertPicture, type Picture, type PictureMode } from "./picture.ts";

/** How a picture is read: plain data, so that it can be sent to another thread. */
export interface ReadOptions extends DecodeOptions {
  /** The layout to make of whatever the file has. */
  readonly mode: PictureMode;
}

/** Reads and writes pictures. */
export interface PictureCodec {
  /** @throws ServiceError `invalid_argument` or `payload_too_large`, see `decodePicture()` */
  decode(bytes: Uint8Array, options: ReadOptions, signal?: AbortSignal): Promise<Picture>;
  /** @throws TypeError for what cannot be written, see `encodePicture()` */
  encode(
    picture: Picture,
    mediaType: OutputImageMediaType,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
}

/** Does the work on the thread that asks for it. */
export const inPlace: PictureCodec = {
  async decode(bytes, { mode, ...options }) {
    return convertPicture(await decodePicture(bytes, options), mode);
  },
  encode: encodePicture,
};

/** 512 x 512 pixels take 10 to 25 ms to read, and a few times that to write. */
const LARGE_PIXELS = 2 ** 18;

/** A small picture in more bytes than this may be crafted to take long. */
const LARGE_BYTES = 2 ** 20;

/** A codec that does small pictures in place, and large ones by `elsewhere`. */
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

/** Nothing for what cannot be measured: decoding in place says at once what is wrong with it. */
function declaredSize(bytes: Uint8Array): Size {
  try {
    return measure(bytes);
  } catch {
    return { width: 0, height: 0 };
  }
}
