/**
 * The markers of a JPEG file (ITU-T T.81, annex B), read without decoding anything.
 * @module
 */

import type { Size } from "./format.ts";

/** SOFn: 8-bit samples coded by Huffman, sequential or progressive, are what can be decoded. */
export interface Frame extends Size {
  /** 1 is grey, 3 is colour, 4 is CMYK or YCCK. */
  readonly components: number;
}

/**
 * A scan is a pass over the whole picture and may take a few bytes of file, so a small file could
 * ask for hundreds of passes. libjpeg's progressive script has ten of them, mozjpeg's a few more.
 */
const MAX_SCANS = 50;

const SOS = 0xda;
const EOI = 0xd9;

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
]);

/** A marker and the bytes of its segment, empty for a marker that has none. */
interface Segment {
  readonly marker: number;
  readonly body: Uint8Array;
}

/** The frame header, reading no further than that. */
export function readFrame(bytes: Uint8Array): Frame {
  for (const segment of segments(bytes)) {
    const frame = frameOf(segment);
    if (frame !== undefined) return frame;
  }
  throw new Error("it has no frame header");
}

/**
 * Walks the whole file.
 *
 * @throws Error where it is cut short, has a second frame or no scan, or more scans than any
 *   honest file has
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

function frameOf({ marker, body }: Segment): Frame | undefined {
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
  return { width: (wideHigh << 8) | wideLow, height: (high << 8) | low, components };
}

/** The segments from after SOI to EOI, which must be there; coded data is stepped over. */
function* segments(bytes: Uint8Array): Generator<Segment, void, undefined> {
  for (let at = 2; ; ) {
    if (bytes[at] !== 0xff) {
      throw new Error(
        at >= bytes.length ? "it ends before its EOI" : "it has bytes between markers",
      );
    }
    // A marker may be padded with any number of 255s (B.1.1.2).
    while (bytes[at + 1] === 0xff) at += 1;
    const marker = bytes[at + 1];
    at += 2;
    if (marker === undefined) throw new Error("it ends before its EOI");
    if (marker === EOI) return;
    // TEM, RSTn and a second SOI stand alone.
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    const high = bytes[at];
    const low = bytes[at + 1];
    if (high === undefined || low === undefined) throw new Error("it ends within a segment");
    const length = (high << 8) | low;
    if (length < 2) throw new Error(`a segment has an impossible length of ${length}`);
    const end = at + length;
    if (end > bytes.length) throw new Error("it ends within a segment");
    yield { marker, body: bytes.subarray(at + 2, end) };
    at = marker === SOS ? endOfScan(bytes, end) : end;
  }
}

/** Where the next marker is that is neither a stuffed 255 nor a restart (B.1.1.5, F.1.2.3). */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    const inside = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7);
    if (!inside) return at;
  }
  throw new Error("it ends within a scan");
}
