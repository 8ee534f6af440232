/**
 * Every format together: bytes are recognised by what they are, measured before they are
 * decoded, and refused in sentences.
 * @module
 */

import { invalidArgument, messageOf, ServiceError } from "../../error.ts";
import { checkPicture, type Picture } from "../picture.ts";
import { type Format, type ImageMediaType, type Size, textAt } from "./format.ts";
import { jpeg } from "./jpeg.ts";
import { png } from "./png.ts";
import { webp } from "./webp.ts";

const FORMATS: readonly Format[] = [jpeg, png, webp];

/** The media types of the formats that can be read, which can all be written too. */
export const IMAGE_MEDIA_TYPES: readonly ImageMediaType[] = FORMATS.map(
  (format) => format.mediaType,
);

/** Formats that are only recognised, so that a message can name what was sent. */
const OTHERS: readonly { readonly name: string; readonly at: number; readonly text: string }[] = [
  { name: "GIF", at: 0, text: "GIF8" },
  { name: "BMP", at: 0, text: "BM" },
  { name: "TIFF", at: 0, text: "II*\0" },
  { name: "TIFF", at: 0, text: "MM\0*" },
  { name: "AVIF", at: 4, text: "ftypavi" },
  { name: "HEIC", at: 4, text: "ftyphei" },
  { name: "HEIC", at: 4, text: "ftypmif1" },
  { name: "JPEG XL", at: 0, text: "\xff\x0a" },
  { name: "JPEG XL", at: 4, text: "JXL " },
  { name: "JPEG 2000", at: 0, text: "\xff\x4f\xff\x51" },
  { name: "JPEG 2000", at: 4, text: "jP  " },
  { name: "ICO", at: 0, text: "\0\0\x01\0" },
  { name: "PDF", at: 0, text: "%PDF-" },
  { name: "SVG", at: 0, text: "<svg" },
  { name: "XML", at: 0, text: "<?xml" },
];

/** A library's reason longer than this is cut: it is for one line of a message. */
const MAX_REASON = 160;

/** What a file says of itself. */
export interface Measured extends Size {
  readonly format: ImageMediaType;
}

/** What `decodePicture` accepts; plain data, so that it can be sent to another thread. */
export interface DecodeOptions {
  /** The most pixels, width times height, that the file may declare. */
  readonly maxPixels: number;
  readonly formats: readonly ImageMediaType[];
}

/**
 * What a file is and how large it says it is, from its header alone: nothing is decoded or loaded.
 *
 * @throws ServiceError `invalid_argument` for bytes of no format that can be read, or whose header
 *   is broken
 */
export function measure(bytes: Uint8Array): Measured {
  const format = formatOf(bytes, IMAGE_MEDIA_TYPES);
  try {
    const { width, height } = format.measure(bytes);
    return { format: format.mediaType, width, height };
  } catch (thrown) {
    throw undecodable(bytes, format, thrown);
  }
}

/**
 * Decodes a file of one of the formats. It needs nothing but its arguments, so it may as well run
 * in another thread.
 *
 * @throws ServiceError `invalid_argument` for bytes of another format, or that cannot be decoded;
 *   `payload_too_large` for more than `maxPixels`, before anything is decoded
 */
export async function decodePicture(
  bytes: Uint8Array,
  { maxPixels, formats }: DecodeOptions,
): Promise<Picture> {
  const format = formatOf(bytes, formats);
  try {
    checkSize(format, format.measure(bytes), maxPixels);
    return await format.decode(bytes);
  } catch (thrown) {
    throw undecodable(bytes, format, thrown);
  }
}

/**
 * Encodes a picture.
 *
 * @throws TypeError for what is not a picture, or is too wide or high for the format
 */
export async function encodePicture(
  picture: Picture,
  mediaType: ImageMediaType,
): Promise<Uint8Array> {
  checkPicture(picture);
  const format = FORMATS.find((candidate) => candidate.mediaType === mediaType);
  if (format === undefined) throw new RangeError(`There is no encoder of ${mediaType}`);
  const { name, maxSide } = format;
  const { width, height } = picture;
  if (width > maxSide || height > maxSide) {
    const given = `${width} x ${height}`;
    throw new TypeError(`A ${name} has at most ${maxSide} pixels a side, but was given ${given}`);
  }
  return await format.encode(picture);
}

function formatOf(bytes: Uint8Array, formats: readonly ImageMediaType[]): Format {
  const format = FORMATS.find((candidate) => candidate.matches(bytes));
  if (format !== undefined && formats.includes(format.mediaType)) return format;
  const found = format?.name ?? nameOf(bytes);
  throw invalidArgument(
    `The picture must be one of ${formats.join(", ")}, but its bytes are ${found}`,
  );
}

function undecodable(bytes: Uint8Array, { name }: Format, thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  const reason = messageOf(thrown).replaceAll(/\s+/g, " ").slice(0, MAX_REASON);
  const what = `The ${bytes.length} bytes could not be decoded as ${name}`;
  return invalidArgument(`${what}: ${reason}`, thrown);
}

function checkSize({ name }: Format, { width, height }: Size, maxPixels: number): void {
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

function nameOf(bytes: Uint8Array): string {
  const known = OTHERS.find(({ at, text }) => textAt(bytes, at, text.length) === text);
  if (known !== undefined) return known.name;
  const hex = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
  return `of no known format: they begin with ${hex.join(" ")}`;
}
