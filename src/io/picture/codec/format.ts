/**
 * The interface of a picture format, and helpers to read text and numbers from headers.
 * @module
 */

import type { Picture } from "../picture.ts";

/** The media type of a picture format that can be encoded and decoded. */
export type OutputImageMediaType = "image/jpeg" | "image/png" | "image/webp";

/** The media type of a picture format that can be decoded. */
export type ImageMediaType = OutputImageMediaType | "image/gif" | "image/bmp" | "image/tiff";

/** The size that a file declares, in pixels, before any check. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * One picture format. Its functions throw a plain `Error` with a short reason for wrong bytes; the
 * caller adds the reason to its message.
 */
export interface PictureFormat {
  /** The name in messages, for example `PNG`. */
  readonly name: string;
  readonly mediaType: ImageMediaType;
  /** Returns true for bytes that begin as a file of this format. */
  matches(bytes: Uint8Array): boolean;
  /** Returns the declared size, from the header alone. */
  measure(bytes: Uint8Array): Size;
  /**
   * Returns how many pixels could be decoded at full size in the time that it takes to decode a
   * picture down to a needed size; absent if all pixels are decoded.
   */
  pixelsDecoded?(size: Size, needed: Size): number;
  /**
   * Decodes a file whose declared size was accepted.
   *
   * @param needed a format that decodes faster at a smaller scale may do so, down to this size
   */
  decode(bytes: Uint8Array, needed?: Size): Picture | Promise<Picture>;
  /**
   * Returns the orientation in which viewers should show the file, from 1 to 8 as in EXIF;
   * `undefined` if it declares none.
   */
  orientation?(bytes: Uint8Array): number | undefined;
}

/** A picture format that can be encoded too. */
export interface OutputPictureFormat extends PictureFormat {
  readonly mediaType: OutputImageMediaType;
  /** The greatest width and height of the format. */
  readonly maxSide: number;
  /** Encodes a picture within `maxSide`. */
  encode(picture: Picture): Promise<Uint8Array>;
}

/** Returns a view of the bytes, to read numbers of several bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Returns the Latin-1 text of `length` bytes, or of fewer if the bytes end before. */
export function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
