/**
 * Recognises file formats by their first bytes, including those that cannot be read, so that a
 * message can name the format.
 * @module
 */

import { textAt } from "./format.ts";

/** The name of a format, and the text at an offset by which it is recognised. */
interface Signature {
  readonly name: string;
  readonly at: number;
  readonly text: string;
}

const SIGNATURES: readonly Signature[] = [
  { name: "a GIF of an unknown version", at: 0, text: "GIF8" },
  { name: "a BMP of an unknown kind", at: 0, text: "BM" },
  { name: "BigTIFF", at: 0, text: "II+\0" },
  { name: "BigTIFF", at: 0, text: "MM\0+" },
  { name: "JPEG XR", at: 0, text: "II\xbc" },
  { name: "AVIF", at: 4, text: "ftypavi" },
  { name: "HEIC", at: 4, text: "ftyphe" },
  { name: "HEIC", at: 4, text: "ftypmif1" },
  { name: "HEIC", at: 4, text: "ftypmsf1" },
  { name: "an MPEG-4 file", at: 4, text: "ftyp" },
  { name: "JPEG XL", at: 0, text: "\xff\x0a" },
  { name: "JPEG XL", at: 4, text: "JXL " },
  { name: "JPEG 2000", at: 0, text: "\xff\x4f\xff\x51" },
  { name: "JPEG 2000", at: 4, text: "jP  " },
  { name: "MNG", at: 0, text: "\x8aMNG" },
  { name: "ICO", at: 0, text: "\0\0\x01\0" },
  { name: "CUR", at: 0, text: "\0\0\x02\0" },
  { name: "ICNS", at: 0, text: "icns" },
  { name: "PSD", at: 0, text: "8BPS" },
  { name: "PDF", at: 0, text: "%PDF-" },
  { name: "EPS", at: 0, text: "%!PS" },
  { name: "OpenEXR", at: 0, text: "\x76\x2f\x31\x01" },
  { name: "Radiance HDR", at: 0, text: "#?RADIANCE" },
  { name: "DDS", at: 0, text: "DDS " },
  { name: "QOI", at: 0, text: "qoif" },
  { name: "BPG", at: 0, text: "BPG\xfb" },
  { name: "a ZIP archive", at: 0, text: "PK\x03\x04" },
  { name: "gzip", at: 0, text: "\x1f\x8b" },
  { name: "a data: URL, not the bytes it stands for", at: 0, text: "data:" },
  { name: "Base64 text of a PNG, not its bytes", at: 0, text: "iVBORw0KGgo" },
  { name: "Base64 text of a JPEG, not its bytes", at: 0, text: "/9j/" },
];

/** The bytes that are searched: an SVG may begin with a declaration, comments and white space. */
const MARKUP_BYTES = 1024;

/** Returns the name of a file's format; `undefined` for an unknown one. */
export function nameOf(bytes: Uint8Array): string | undefined {
  const known = SIGNATURES.find(({ at, text }) => textAt(bytes, at, text.length) === text);
  return known?.name ?? markupOf(textAt(bytes, 0, MARKUP_BYTES));
}

function markupOf(start: string): string | undefined {
  const text = start.replace(/^(?:\xef\xbb\xbf)?\s*/, "").toLowerCase();
  if (!text.startsWith("<")) return /^p[1-7]\s+[\d#]/.test(text) ? "PNM" : undefined;
  if (text.includes("<svg")) return "SVG";
  if (text.startsWith("<!doctype html") || text.startsWith("<html")) return "HTML";
  return text.startsWith("<?xml") ? "XML" : undefined;
}
