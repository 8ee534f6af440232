/**
 * The orientation tag of EXIF and XMP metadata: the rotation of the camera.
 * @module
 */

import { textAt, viewOf } from "./format.ts";

const ORIENTATION = 0x0112;
const SHORT = 3;
const LONG = 4;

/** The prefix of the metadata in a JPEG segment, and in some WebP and PNG files. */
const PREFIX = "Exif\0\0";

/**
 * Returns the orientation in EXIF metadata, which is a TIFF header and a directory of tags (CIPA
 * DC-008, section 4.5); `undefined` if there is none, or if the metadata is damaged.
 */
export function exifOrientation(body: Uint8Array): number | undefined {
  let bytes = body;
  while (textAt(bytes, 0, PREFIX.length) === PREFIX) bytes = bytes.subarray(PREFIX.length);
  const order = textAt(bytes, 0, 4);
  const little = order === "II*\0";
  if (!little && order !== "MM\0*") return undefined;
  const view = viewOf(bytes);
  if (bytes.length < 8) return undefined;
  const directory = view.getUint32(4, little);
  if (directory + 2 > bytes.length) return undefined;
  const count = view.getUint16(directory, little);
  for (let index = 0; index < count; index += 1) {
    const at = directory + 2 + index * 12;
    if (at + 12 > bytes.length) return undefined;
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    const type = view.getUint16(at + 2, little);
    if (view.getUint32(at + 4, little) !== 1) return undefined;
    if (type === SHORT) return view.getUint16(at + 8, little);
    return type === LONG ? view.getUint32(at + 8, little) : undefined;
  }
  return undefined;
}

/** Returns the orientation in XMP metadata; `undefined` if there is none. */
export function xmpOrientation(body: Uint8Array): number | undefined {
  const text = new TextDecoder("latin1").decode(body);
  const digit = /tiff:Orientation(?:="|>)([0-9])/.exec(text)?.[1];
  return digit === undefined ? undefined : Number(digit);
}
