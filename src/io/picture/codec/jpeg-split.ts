/**
 * Extraction of components of a JPEG to another JPEG, with the coefficients copied bit by bit.
 *
 * The compiled mozjpeg writes RGBA only, and libjpeg does not convert CMYK to RGB. But it outputs
 * any three components unconverted if they are declared RGB, and a single one as grey.
 * @module
 */

import { joinBytes } from "../../../bytes.ts";
import { type Size, textAt } from "./format.ts";
import { BitReader, BitWriter } from "./jpeg-bits.ts";
import {
  buildTable,
  copyBits,
  copyCode,
  copyCoefficients,
  type HuffmanTable,
  readTables,
} from "./jpeg-huffman.ts";
import { type Segment, SOS, segments } from "./jpeg-markers.ts";

/** One component of a frame, and its sampling factors. */
export interface Component {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  /** The number of its quantization table. */
  readonly quantization: number;
}

interface FrameHeader extends Size {
  readonly progressive: boolean;
  readonly components: readonly Component[];
}

/** The segments of a file. */
export interface JpegSegments {
  readonly frame: FrameHeader;
  /** The transform of Adobe's segment; `undefined` without one. */
  readonly transform: number | undefined;
  /** The segments that affect pixels. */
  readonly all: readonly Segment[];
  /** True if the file declares JFIF, whose components are grey or YCbCr. */
  readonly jfif: boolean;
}

const APP0 = 0xe0;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;
const DHT = 0xc4;
const DRI = 0xdd;

/** The most tables and scans; real files have a few dozen. */
const MAX_SEGMENTS = 1000;

/** Adobe's transforms (Technical Note 5116): none, and the YCbCr of three components. */
export const NONE = 0;
export const YCBCR = 1;

/** @throws Error for a file that ends early, or has too many segments */
export function readSegments(bytes: Uint8Array): JpegSegments {
  const all: Segment[] = [];
  let jfif = false;
  let transform: number | undefined;
  for (const segment of segments(bytes)) {
    const { marker, body } = segment;
    if (marker === APP0 && textAt(body, 0, 5) === "JFIF\0") jfif = true;
    if (marker === APP14 && body.length >= 12 && textAt(body, 0, 5) === "Adobe") {
      transform = body[11];
    }
    // Metadata does not affect pixels.
    if ((marker >= APP0 && marker <= APP15) || marker === COM) continue;
    all.push(segment);
    if (all.length > MAX_SEGMENTS) throw new Error(`it has more than ${MAX_SEGMENTS} segments`);
  }
  return { frame: readFrameHeader(all), transform, all, jfif };
}

function isFrame({ marker }: Segment): boolean {
  return marker >= 0xc0 && marker <= 0xc2;
}

function readFrameHeader(all: readonly Segment[]): FrameHeader {
  const segment = all.find(isFrame);
  if (segment === undefined) throw new Error("it has no frame header");
  const { marker, body } = segment;
  const components = Array.from({ length: body[5] ?? 0 }, (_, index) => {
    const [id = 0, sampling = 0, quantization = 0] = body.subarray(6 + 3 * index);
    return { id, across: sampling >> 4, down: sampling & 15, quantization };
  });
  if (
    body.length < 6 + 3 * components.length ||
    components.some(({ across, down }) => !isFactor(across) || !isFactor(down))
  ) {
    throw new Error("its frame header is broken");
  }
  const [, high = 0, low = 0, wideHigh = 0, wideLow = 0] = body;
  return {
    progressive: marker === 0xc2,
    width: (wideHigh << 8) | wideLow,
    height: (high << 8) | low,
    components,
  };
}

function isFactor(sampling: number): boolean {
  return sampling >= 1 && sampling <= 4;
}

/** Returns the greatest sampling factor of some components. */
export function greatest(components: readonly Component[], side: "across" | "down"): number {
  return Math.max(...components.map((component) => component[side]));
}

/**
 * Returns a JPEG of some of the components.
 *
 * @param kept the indices of those components, in order
 * @param transform Adobe's transform to declare
 * @param size the size to declare; by default that of the file
 * @throws Error if the coded data is broken, or its interleaving would reorder blocks
 */
export function keepComponents(
  { all, frame }: JpegSegments,
  kept: readonly number[],
  transform: number,
  { width, height }: Size = frame,
): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0xff, 0xd8), adobe(transform)];
  const tables = new Map<number, Uint8Array>();
  let interval = 0;
  for (const segment of all) {
    const { marker, body } = segment;
    if (marker === DHT) for (const [key, table] of readTables(body)) tables.set(key, table);
    if (marker === DRI) interval = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
    if (isFrame(segment)) {
      const specs = kept.map((index) => body.subarray(6 + 3 * index, 9 + 3 * index));
      const sides = [height >> 8, height & 255, width >> 8, width & 255];
      const start = Uint8Array.of(body[0] ?? 8, ...sides, kept.length);
      parts.push(...write(marker, [start, ...specs]));
    } else if (marker === SOS) {
      parts.push(...keepOfScan(segment, { frame, kept, tables, interval }));
    } else {
      parts.push(...write(marker, [body]));
    }
  }
  parts.push(Uint8Array.of(0xff, 0xd9));
  return joinBytes(parts);
}

function adobe(transform: number): Uint8Array {
  const text = [0x41, 0x64, 0x6f, 0x62, 0x65];
  return Uint8Array.of(0xff, APP14, 0, 14, ...text, 0, 100, 0, 0, 0, 0, transform);
}

function write(marker: number, body: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = body.reduce((sum, part) => sum + part.length, 2);
  return [Uint8Array.of(0xff, marker, length >> 8, length & 0xff), ...body];
}

/** The state for reading a scan. */
interface Context {
  readonly frame: FrameHeader;
  readonly kept: readonly number[];
  readonly tables: ReadonlyMap<number, Uint8Array>;
  /** The MCUs between two restart markers; 0 if there are none. */
  readonly interval: number;
}

/** One component in a scan. */
interface ScanComponent {
  readonly blocks: number;
  readonly kept: boolean;
  readonly dc: number;
  readonly ac: number;
}

/** Returns a scan reduced to the kept components; empty if it has none of them. */
function keepOfScan({ body, coded }: Segment, context: Context): readonly Uint8Array[] {
  const { frame, kept } = context;
  const count = body[0] ?? 0;
  const parameters = body.subarray(1 + 2 * count);
  if (count < 1 || count > 4 || parameters.length < 3) throw new Error("a scan header is broken");
  const specs = Array.from({ length: count }, (_, at) => body.subarray(1 + 2 * at, 3 + 2 * at));
  const components = specs.map(([id = 0, table = 0]): ScanComponent => {
    const index = frame.components.findIndex((component) => component.id === id);
    const component = frame.components[index];
    if (component === undefined) throw new Error("a scan has a component that the frame lacks");
    const blocks = component.across * component.down;
    return { blocks, kept: kept.includes(index), dc: table >> 4, ac: 0x10 | (table & 15) };
  });
  const wanted = components.filter((component) => component.kept);
  if (wanted.length === 0) return [];
  const [only] = wanted;
  if (wanted.length === 1 && count > 1 && only !== undefined && only.blocks > 1) {
    // The blocks of a non-interleaved component are in another order.
    throw new Error("it interleaves components in a way that is not supported");
  }
  const names = specs.filter((_, at) => components[at]?.kept);
  const header = write(SOS, [Uint8Array.of(wanted.length), ...names, parameters]);
  const all = wanted.length === count;
  return [...header, all ? coded : keepOfData(coded, components, parameters, context)];
}

/** Returns the coded data of an interleaved scan, with only the blocks that are kept. */
function keepOfData(
  coded: Uint8Array,
  components: readonly ScanComponent[],
  [start = 0, , approximation = 0]: Uint8Array,
  { frame, tables, interval }: Context,
): Uint8Array {
  if (frame.progressive && start !== 0) throw new Error("a scan of AC is interleaved");
  const reader = new BitReader(coded);
  const writer = new BitWriter(coded.length);
  const refines = frame.progressive && approximation >> 4 !== 0;
  const built = new Map<number, HuffmanTable>();
  const tableOf = (key: number): HuffmanTable => {
    const known = built.get(key);
    if (known !== undefined) return known;
    const definition = tables.get(key);
    if (definition === undefined) throw new Error("a scan uses a Huffman table that is missing");
    const table = buildTable(definition);
    built.set(key, table);
    return table;
  };
  const plans = components.map(({ blocks, kept, dc, ac }) => ({
    blocks,
    target: kept ? writer : undefined,
    dc: refines ? undefined : tableOf(dc),
    ac: frame.progressive ? undefined : tableOf(ac),
  }));
  const mcus =
    Math.ceil(frame.width / (8 * greatest(frame.components, "across"))) *
    Math.ceil(frame.height / (8 * greatest(frame.components, "down")));
  for (let mcu = 0; mcu < mcus; mcu += 1) {
    if (interval > 0 && mcu > 0 && mcu % interval === 0) writer.restart(reader.restart());
    for (const { blocks, target, dc, ac } of plans) {
      for (let block = 0; block < blocks; block += 1) {
        copyBits(reader, dc === undefined ? 1 : copyCode(reader, dc, target), target);
        if (ac !== undefined) copyCoefficients(reader, ac, target);
      }
    }
  }
  return writer.finish();
}
