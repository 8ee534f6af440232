/**
 * All formats: files are recognised by their bytes, and measured before they are decoded.
 * @module
 */

import { invalidArgument, messageOf, ServiceError } from "../../../error.ts";
import { orientPicture, swapsSides } from "../orientation.ts";
import { checkPicture, type Picture } from "../picture.ts";
import { neededSize, type ResizeOptions } from "../resize.ts";
import { bmp } from "./bmp.ts";
import type {
  ImageMediaType,
  OutputImageMediaType,
  OutputPictureFormat,
  PictureFormat,
  Size,
} from "./format.ts";
import { gif } from "./gif.ts";
import { jpeg } from "./jpeg.ts";
import { png } from "./png.ts";
import { nameOf } from "./recognise.ts";
import { tiff } from "./tiff.ts";
import { webp } from "./webp.ts";

const OUTPUT_FORMATS: readonly OutputPictureFormat[] = [jpeg, png, webp];

const FORMATS: readonly PictureFormat[] = [...OUTPUT_FORMATS, gif, bmp, tiff];

/** The media types of the formats that can be read. */
export const IMAGE_MEDIA_TYPES: readonly ImageMediaType[] = FORMATS.map(
  (format) => format.mediaType,
);

/** The media types of the formats that can be written. */
export const OUTPUT_IMAGE_MEDIA_TYPES: readonly OutputImageMediaType[] = OUTPUT_FORMATS.map(
  (format) => format.mediaType,
);

/** The most characters of a library's reason in a message of one line. */
const MAX_REASON = 160;

/** The format and the size that a file declares. */
export interface Measured extends Size {
  readonly format: ImageMediaType;
}

/** The options of `decodePicture`: plain data, so that they can be sent to another thread. */
export interface DecodeOptions {
  /** The most pixels, width times height, that the file may declare. */
  readonly maxPixels: number;
  /** Rotates the picture as its orientation tag says. */
  readonly orient?: boolean;
  /**
   * The size that the picture will be resized to, after its orientation: it may be decoded at a
   * smaller scale, of which that loses nothing.
   */
  readonly resize?: ResizeOptions;
}

/** Returns the media type by the first bytes; `undefined` for a format that is not read. */
export function mediaTypeOf(bytes: Uint8Array): ImageMediaType | undefined {
  return FORMATS.find((format) => format.matches(bytes))?.mediaType;
}

/** Returns the name of the format of the bytes; `undefined` for an unknown one. */
export function formatNameOf(bytes: Uint8Array): string | undefined {
  return FORMATS.find((format) => format.matches(bytes))?.name ?? nameOf(bytes);
}

/** Describes the format of the bytes; follows "its bytes are" in messages. */
export function describeBytes(bytes: Uint8Array): string {
  const name = formatNameOf(bytes);
  if (name !== undefined) return name;
  const hex = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
  return `of no known format: they begin with ${hex.join(" ")}`;
}

/**
 * Reads the format and the declared size from the header alone: nothing is decoded or loaded.
 *
 * @throws ServiceError `invalid_argument` for a format that cannot be read, or a broken header
 */
export function measure(bytes: Uint8Array): Measured {
  const format = formatOf(bytes);
  try {
    const { width, height } = format.measure(bytes);
    return { format: format.mediaType, width, height };
  } catch (thrown) {
    throw undecodable(bytes, format, thrown);
  }
}

/**
 * Returns the work of decoding and resizing a file, in pixels that are decoded at full size.
 *
 * @throws ServiceError as `measure()`
 */
export function pixelsDecoded(
  bytes: Uint8Array,
  { orient = false, resize }: Omit<DecodeOptions, "maxPixels">,
): number {
  const { width, height } = measure(bytes);
  if (resize === undefined) return width * height;
  const format = formatOf(bytes);
  const orientation = orient ? (format.orientation?.(bytes) ?? 1) : 1;
  const needed = neededOf({ width, height }, orientation, resize);
  const decoded = format.pixelsDecoded?.({ width, height }, needed) ?? width * height;
  return Math.max(decoded, resize.width * resize.height);
}

/**
 * Decodes a file of one of the formats. It depends on its arguments only, so that it can run in
 * another thread.
 *
 * @throws ServiceError `invalid_argument` for bytes of another format, or that cannot be decoded;
 *   `payload_too_large` for more than `maxPixels`, before anything is decoded
 */
export async function decodePicture(
  bytes: Uint8Array,
  { maxPixels, orient = false, resize }: DecodeOptions,
): Promise<Picture> {
  const format = formatOf(bytes);
  try {
    const size = format.measure(bytes);
    checkSize(format, size, maxPixels);
    const orientation = orient ? (format.orientation?.(bytes) ?? 1) : 1;
    const needed = resize && neededOf(size, orientation, resize);
    return orientPicture(await format.decode(bytes, needed), orientation);
  } catch (thrown) {
    throw undecodable(bytes, format, thrown);
  }
}

/** Returns the size that the rows and columns of the file need, before its orientation. */
function neededOf(size: Size, orientation: number, resize: ResizeOptions): Size {
  if (!swapsSides(orientation)) return neededSize(size, resize);
  const { width, height } = neededSize({ width: size.height, height: size.width }, resize);
  return { width: height, height: width };
}

/**
 * Encodes a picture.
 *
 * @throws TypeError for a value that is not a picture, or is too wide or high for the format
 */
export async function encodePicture(
  picture: Picture,
  mediaType: OutputImageMediaType,
): Promise<Uint8Array> {
  checkPicture(picture);
  const format = OUTPUT_FORMATS.find((candidate) => candidate.mediaType === mediaType);
  if (format === undefined) throw new RangeError(`There is no encoder of ${mediaType}`);
  const { name, maxSide } = format;
  const { width, height } = picture;
  if (width > maxSide || height > maxSide) {
    const given = `${width} x ${height}`;
    throw new TypeError(`A ${name} has at most ${maxSide} pixels a side, but was given ${given}`);
  }
  return await format.encode(picture);
}

function formatOf(bytes: Uint8Array): PictureFormat {
  const format = FORMATS.find((candidate) => candidate.matches(bytes));
  if (format !== undefined) return format;
  throw invalidArgument(
    `The picture must be one of ${IMAGE_MEDIA_TYPES.join(", ")}, ` +
      `but its bytes are ${describeBytes(bytes)}`,
  );
}

function undecodable(bytes: Uint8Array, { name }: PictureFormat, thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  const reason = messageOf(thrown).replaceAll(/\s+/g, " ").slice(0, MAX_REASON);
  const what = `The ${bytes.length} bytes could not be decoded as ${name}`;
  return invalidArgument(`${what}: ${reason}`, thrown);
}

function checkSize({ name }: PictureFormat, { width, height }: Size, maxPixels: number): void {
  if (width === 0 || height === 0) {
    throw new Error(`it declares ${width} x ${height} pixels, which is none`);
  }
  if (width * height <= maxPixels) return;
  throw new ServiceError(
    "payload_too_large",
    `The ${name} declares ${width} x ${height} pixels, which is ${width * height}, ` +
      `but at most ${maxPixels} are accepted`,
  );
}
