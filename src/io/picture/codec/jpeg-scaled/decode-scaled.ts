/**
 * Decodes JPEGs at 1/2, 1/4 or 1/8 of their size, as libjpeg does: by shorter inverse transforms,
 * and without the coefficients that those do not need.
 *
 * Own code: the compiled decoders on npm that run on every runtime decode at full size only.
 * @module
 */

import type { Picture } from "../../picture.ts";
import { readTables } from "../jpeg-huffman.ts";
import { frameOf, MAX_SCANS, type Segment, SOS } from "../jpeg-markers.ts";
import { type JpegSegments, readSegments } from "../jpeg-split.ts";
import { isRgb } from "../jpeg-tall.ts";
import { type CodeTable, codeTable } from "./code-table.ts";
import { pictureOf } from "./colours.ts";
import { mcusOf, type ScaledComponent, scaledComponents } from "./components.ts";
import type { BlockSize } from "./inverse.ts";
import { Coefficients } from "./progressive.ts";
import { readScan } from "./scan.ts";
import { decodeSequential } from "./sequential.ts";

const DHT = 0xc4;
const DQT = 0xdb;
const DRI = 0xdd;

/**
 * Decodes a file, of which each 8 x 8 pixels become `size` x `size`.
 *
 * @returns RGB or grey; `undefined` at full size, and for a file that is of a rare kind or damaged
 */
export function decodeScaled(bytes: Uint8Array, size: BlockSize): Picture | undefined {
  if (size === 8) return undefined;
  try {
    const jpeg = readSegments(bytes);
    return isSupported(jpeg) ? new Decoder(jpeg, size).decode() : undefined;
  } catch {
    // The full decoder explains what is wrong, or guesses as libjpeg does.
    return undefined;
  }
}

/**
 * Returns true for a file that the full decoder takes too, if it is grey, or has colours whose
 * chroma has the same or half the samples a side.
 */
function isSupported({ all, frame }: JpegSegments): boolean {
  const frames = all.filter((segment) => frameOf(segment) !== undefined).length;
  const scans = all.filter(({ marker }) => marker === SOS).length;
  if (frames !== 1 || scans > MAX_SCANS) return false;
  const [luma, ...chroma] = frame.components;
  if (luma === undefined || chroma.length === 0) return luma !== undefined;
  if (chroma.length !== 2 || luma.across > 2 || luma.down > 2) return false;
  return chroma.every(({ across, down }) => across === 1 && down === 1);
}

/** The state between the segments of a file. */
class Decoder {
  readonly #jpeg: JpegSegments;
  readonly #components: readonly ScaledComponent[];
  readonly #coefficients: Coefficients | undefined;
  readonly #tables = new Map<number, CodeTable>();
  readonly #quantizations = new Map<number, Int32Array>();
  #interval = 0;

  constructor(jpeg: JpegSegments, size: BlockSize) {
    this.#jpeg = jpeg;
    this.#components = scaledComponents(jpeg, size);
    if (jpeg.frame.progressive) this.#coefficients = new Coefficients(this.#components);
  }

  decode(): Picture {
    for (const segment of this.#jpeg.all) this.#read(segment);
    this.#coefficients?.finish();
    if (this.#components.some(({ factors }) => factors === undefined)) {
      throw new Error("a component has no scan");
    }
    return pictureOf(this.#components, isRgb(this.#jpeg));
  }

  #read({ marker, body, coded }: Segment): void {
    if (marker === DHT) {
      for (const [key, definition] of readTables(body))
        this.#tables.set(key, codeTable(definition));
    } else if (marker === DQT) {
      readQuantizations(body, this.#quantizations);
    } else if (marker === DRI) {
      this.#interval = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
    } else if (marker === SOS) {
      this.#decodeScan(body, coded);
    }
  }

  #decodeScan(body: Uint8Array, coded: Uint8Array): void {
    const scan = readScan(body, coded, {
      components: this.#components,
      tables: this.#tables,
      interval: this.#interval,
      mcus: mcusOf(this.#jpeg),
    });
    for (const { component } of scan.components) {
      component.factors ??= this.#quantizations.get(component.quantization);
      if (component.factors === undefined) throw new Error("a quantization table is missing");
    }
    if (this.#coefficients === undefined) decodeSequential(scan);
    else this.#coefficients.decode(scan);
  }
}

/** Reads the tables of a DQT segment, in the order of the file (B.2.4.1). */
function readQuantizations(body: Uint8Array, tables: Map<number, Int32Array>): void {
  for (let at = 0; at < body.length; ) {
    const wide = (body[at] as number) >> 4 !== 0;
    const bytes = body.subarray(at + 1, at + 1 + (wide ? 128 : 64));
    if (bytes.length < (wide ? 128 : 64)) throw new Error("a quantization table ends early");
    // Broken data may have coefficients behind the last.
    const factors = new Int32Array(64 + 16);
    for (let index = 0; index < 64; index += 1) {
      factors[index] = wide
        ? ((bytes[2 * index] as number) << 8) | (bytes[2 * index + 1] as number)
        : (bytes[index] as number);
    }
    tables.set((body[at] as number) & 15, factors);
    at += 1 + bytes.length;
  }
}
