/**
 * Scans of a JPEG that is decoded at a smaller scale: their headers, and the order of their blocks
 * (ITU-T T.81, annexes A and B).
 * @module
 */

import type { CodeTable } from "./code-table.ts";
import type { Mcus, ScaledComponent } from "./components.ts";
import { EntropyReader } from "./entropy-reader.ts";

/** One component in a scan. */
export interface ScanComponent {
  readonly component: ScaledComponent;
  /** Its tables. A scan of a progressive file may lack those that it does not use. */
  readonly dc: CodeTable | undefined;
  readonly ac: CodeTable | undefined;
  /** The last DC coefficient. */
  last: number;
}

/** The header of a scan, and its data. */
export interface Scan {
  readonly components: readonly ScanComponent[];
  /** The first and the last index of the coefficients. */
  readonly start: number;
  readonly end: number;
  /** The bits that earlier scans have left, and those that this one leaves. */
  readonly high: number;
  readonly low: number;
  readonly reader: EntropyReader;
  /** The MCUs between two restart markers; 0 if there are none. */
  readonly interval: number;
  readonly mcus: Mcus;
}

/** The state of a file in which a scan begins. */
export interface ScanContext {
  readonly components: readonly ScaledComponent[];
  /** By class (0 is DC, 1 is AC) and number. */
  readonly tables: ReadonlyMap<number, CodeTable>;
  readonly interval: number;
  readonly mcus: Mcus;
}

/**
 * Reads the header of a scan.
 *
 * @throws Error if it is broken
 */
export function readScan(body: Uint8Array, coded: Uint8Array, context: ScanContext): Scan {
  const count = body[0] ?? 0;
  const [start = 64, end = 64, bits = 0] = body.subarray(1 + 2 * count);
  if (count < 1 || count > 4 || body.length < 4 + 2 * count || end > 63 || start > end) {
    throw new Error("a scan header is broken");
  }
  const components = Array.from({ length: count }, (_, at): ScanComponent => {
    const [id, tables = 0] = body.subarray(1 + 2 * at);
    const component = context.components.find((one) => one.id === id);
    if (component === undefined) throw new Error("a scan has a component that the frame lacks");
    const dc = context.tables.get(tables >> 4);
    const ac = context.tables.get(0x10 | (tables & 15));
    return { component, dc, ac, last: 0 };
  });
  if (new Set(components.map(({ component }) => component)).size < count) {
    throw new Error("a scan has a component twice");
  }
  const { interval, mcus } = context;
  const reader = new EntropyReader(coded);
  return { components, start, end, high: bits >> 4, low: bits & 15, reader, interval, mcus };
}

/** Returns a table that a scan cannot do without. */
export function needed(table: CodeTable | undefined): CodeTable {
  if (table === undefined) throw new Error("a scan uses a Huffman table that is missing");
  return table;
}

/**
 * Calls `decode` for each block of a scan, in the order of its data.
 *
 * @param restarted called at each restart marker
 */
export function eachBlock(
  scan: Scan,
  decode: (of: ScanComponent, row: number, column: number) => void,
  restarted: () => void = () => {},
): void {
  const { components, reader, interval, mcus } = scan;
  const [only] = components;
  // The blocks of a component alone are not grouped, and end at its edge (A.2.2).
  const alone = components.length === 1 ? only?.component : undefined;
  const wide = alone?.blocksWide ?? mcus.wide;
  const high = alone?.blocksHigh ?? mcus.high;
  let left = interval === 0 ? Number.POSITIVE_INFINITY : interval;
  for (let row = 0; row < high; row += 1) {
    for (let column = 0; column < wide; column += 1) {
      if (left === 0) {
        reader.restart();
        for (const each of components) each.last = 0;
        restarted();
        left = interval;
      }
      left -= 1;
      if (alone !== undefined && only !== undefined) {
        decode(only, row, column);
        continue;
      }
      for (const each of components) {
        const { across, down } = each.component;
        for (let y = 0; y < down; y += 1) {
          for (let x = 0; x < across; x += 1) decode(each, row * down + y, column * across + x);
        }
      }
    }
  }
  reader.check();
}
