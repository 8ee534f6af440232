/**
 * The markers of a JPEG file (ITU-T T.81, annex B), read without decoding.
 * @module
 */

import { exifOrientation, xmpOrientation } from "./exif.ts";
import { type Size, textAt } from "./format.ts";

/** The fields of SOFn: 8-bit samples with Huffman coding, sequential or progressive. */
export interface Frame extends Size {
  /** 1 for grey, 3 for colour, 4 for CMYK or YCCK. */
  readonly components: number;
  /** The sampling factors of the first three, across in the upper 4 bits and down in the lower. */
  readonly sampling: readonly number[];
}

/**
 * The most scans. A scan is a pass over the whole picture, and may have a few bytes only, so a
 * small file could cause hundreds of passes. Progressive files of libjpeg have ten, mozjpeg's a few
 * more.
 */
export const MAX_SCANS = 50;

export const SOS = 0xda;
const EOI = 0xd9;
const APP1 = 0xe1;

/** The prefixes of segments of metadata. */
const EXIF = "Exif\0\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";

/** Frames that are not decoded, by their marker (table B.1). */
const UNREADABLE = new Map<number, string>([
  [0xc3, "is lossless"],
  [0xc5, "is hierarchical"],
  [0xc6, "is hierarchical"],
  [0xc7, "is hierarchical"],
  [0xc9, "is arithmetic-coded"],
  [0xca, "is arithmetic-coded"],
  [0xcb, "is arithmetic-coded"],
  [0xcd, "is hierarchical"],
  [0xce, "is hierarchical"],
  [0xcf, "is hierarchical"],
  [0xf7, "is JPEG-LS"],
]);

/** A marker segment, with the coded data after it if it begins a scan. */
export interface Segment {
  readonly marker: number;
  /** The bytes after the length. */
  readonly body: Uint8Array;
  /** The coded data of a scan, restart markers included; empty for other segments. */
  readonly coded: Uint8Array;
}

/** Reads the frame header, and no more. */
export function readFrame(bytes: Uint8Array): Frame {
  for (const segment of segments(bytes)) {
    const frame = frameOf(segment);
    if (frame !== undefined) return frame;
  }
  throw new Error("it has no frame header");
}

/**
 * Checks the markers of the whole file.
 *
 * @throws Error for a file that ends early, has a second frame, no scan, or too many scans
 */
export function checkScans(bytes: Uint8Array): void {
  let frames = 0;
  let scans = 0;
  for (const segment of segments(bytes)) {
    if (frameOf(segment) !== undefined) frames += 1;
    if (segment.marker === SOS) scans += 1;
    if (frames > 1) throw new Error("it has more than one frame header");
    if (scans > MAX_SCANS) throw new Error(`it has more than ${MAX_SCANS} scans`);
  }
  if (scans === 0) throw new Error("it has no scan");
}

/** Returns the orientation tag of the metadata before the frame header; EXIF's takes precedence. */
export function readOrientation(bytes: Uint8Array): number | undefined {
  let xmp: number | undefined;
  for (const { marker, body } of segments(bytes)) {
    if (marker === SOS) break;
    if (marker !== APP1) continue;
    if (textAt(body, 0, EXIF.length) === EXIF) {
      const orientation = exifOrientation(body);
      if (orientation !== undefined) return orientation;
    } else if (textAt(body, 0, XMP.length) === XMP) {
      xmp ??= xmpOrientation(body.subarray(XMP.length));
    }
  }
  return xmp;
}

/** Reads a frame header; `undefined` for another segment. */
export function frameOf({ marker, body }: Segment): Frame | undefined {
  const problem = UNREADABLE.get(marker);
  if (problem !== undefined) throw new Error(`it ${problem}, which is not supported`);
  if (marker < 0xc0 || marker > 0xc2) return undefined;
  const [precision, high, low, wideHigh, wideLow, components] = body;
  if (
    precision === undefined ||
    high === undefined ||
    low === undefined ||
    wideHigh === undefined ||
    wideLow === undefined ||
    components === undefined
  ) {
    throw new Error("its frame header is too short");
  }
  if (precision !== 8) throw new Error(`it has ${precision} bits a sample, not 8`);
  const sampling = [7, 10, 13].slice(0, components).map((at) => body[at] ?? 0);
  return { width: (wideHigh << 8) | wideLow, height: (high << 8) | low, components, sampling };
}

/**
 * Yields the segments between SOI and EOI, which must be there. Stray bytes between segments are
 * skipped, as in libjpeg.
 */
export function* segments(bytes: Uint8Array): Generator<Segment, void, undefined> {
  for (let at = 2; ; ) {
    const found = nextMarker(bytes, at);
    const marker = bytes[found + 1];
    if (found === -1 || marker === undefined) throw new Error("it ends before its EOI");
    if (marker === EOI) return;
    at = found + 2;
    // TEM, RSTn and a second SOI have no length.
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    const high = bytes[at];
    const low = bytes[at + 1];
    if (high === undefined || low === undefined) throw new Error("it ends within a segment");
    const length = (high << 8) | low;
    if (length < 2) throw new Error(`a segment has an impossible length of ${length}`);
    const end = at + length;
    if (end > bytes.length) throw new Error("it ends within a segment");
    const next = marker === SOS ? endOfScan(bytes, end) : end;
    yield { marker, body: bytes.subarray(at + 2, end), coded: bytes.subarray(end, next) };
    at = next;
  }
}

/** Returns the offset of the last 255 before the next marker code; -1 if there is none. */
function nextMarker(bytes: Uint8Array, start: number): number {
  let at = bytes.indexOf(0xff, start);
  while (at !== -1 && (bytes[at + 1] === 0 || bytes[at + 1] === 0xff)) {
    at = bytes.indexOf(0xff, at + 1);
  }
  return at;
}

/** Returns the start of the next marker that is not stuffing or a restart (B.1.1.5, F.1.2.3). */
function endOfScan(bytes: Uint8Array, start: number): number {
  let at = nextMarker(bytes, start);
  while (at !== -1 && isRestart(bytes[at + 1])) at = nextMarker(bytes, at + 2);
  if (at === -1 || at + 1 >= bytes.length) throw new Error("it ends within a scan");
  return at;
}

/** Returns true for RSTn, the restart markers within the data of a scan. */
export function isRestart(marker: number | undefined): boolean {
  return marker !== undefined && marker >= 0xd0 && marker <= 0xd7;
}
