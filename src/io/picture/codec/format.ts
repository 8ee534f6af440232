/**
 * The interface of a picture format, and helpers to read text and numbers from headers.
 * @module
 */

import type { Picture } from "../picture.ts";

/** The media type of a picture format that is written, and read. */
export type OutputImageMediaType = "image/jpeg" | "image/png" | "image/webp";

/** The media type of a picture format that is read. */
export type ImageMediaType = OutputImageMediaType | "image/gif" | "image/bmp" | "image/tiff";

/** The size that a file declares, in pixels; not checked against anything yet. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * One picture format. Its functions throw a plain `Error` with a short reason for bytes that are
 * wrong; the caller makes the sentence around it.
 */
export interface PictureFormat {
  /** The name in messages, for example `PNG`. */
  readonly name: string;
  readonly mediaType: ImageMediaType;
  /** True where the bytes begin as this format does. */
  matches(bytes: Uint8Array): boolean;
  /** The declared size, from the header alone. */
  measure(bytes: Uint8Array): Size;
  /** The pixels of a file whose declared size was found acceptable. */
  decode(bytes: Uint8Array): Picture | Promise<Picture>;
  /**
   * The orientation in which viewers should show the file, from 1 to 8 as in EXIF; `undefined` if
   * it declares none.
   */
  orientation?(bytes: Uint8Array): number | undefined;
}

/** A picture format that is written too. */
export interface OutputPictureFormat extends PictureFormat {
  readonly mediaType: OutputImageMediaType;
  /** The most pixels a side the format can carry. */
  readonly maxSide: number;
  /** A file of the pixels, which fit within `maxSide`. */
  encode(picture: Picture): Promise<Uint8Array>;
}

/** The bytes as a view for reading numbers wider than a byte. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The Latin-1 text of `length` bytes, shorter where the bytes end before. */
export function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
