/**
 * Progressive scans of a JPEG that is decoded at a smaller scale (ITU-T T.81, annex G): they are
 * collected, and become samples after the last. The scans of coefficients that are not needed are
 * skipped.
 * @module
 */

import { type CodeTable, extended } from "./code-table.ts";
import type { ScaledComponent } from "./components.ts";
import { type EntropyReader, NATURAL } from "./entropy-reader.ts";
import { usedIndices } from "./inverse.ts";
import { eachBlock, needed, type Scan } from "./scan.ts";

/** The coefficients of a file; they are the same for all scans. */
export class Coefficients {
  /** Of each component: 64 a block, or 1 if only its DC coefficients are needed. */
  readonly #levels = new Map<ScaledComponent, Int16Array>();

  constructor(components: readonly ScaledComponent[]) {
    for (const component of components) {
      const { data } = component.samples;
      const blocks = data.length / component.size ** 2;
      this.#levels.set(component, new Int16Array(blocks * perBlock(component)));
    }
  }

  /** Adds what a scan has. */
  decode(scan: Scan): void {
    const { components, start, low, high, reader } = scan;
    const [first] = components;
    if (start === 0) this.#decodeDc(scan);
    else if (components.length > 1) throw new Error("a scan of AC is interleaved");
    else if (first === undefined || first.component.size === 1) return;
    else if (low > 13 || (high !== 0 && high !== low + 1)) throw new Error("a scan is broken");
    else {
      const band = new Band(scan, needed(first.ac), this.#of(first.component));
      const { stride } = first.component;
      const decode =
        high === 0
          ? (row: number, column: number) => band.decode((row * stride + column) * 64)
          : (row: number, column: number) => band.refine((row * stride + column) * 64);
      eachBlock(
        scan,
        (_, row, column) => {
          reader.check();
          decode(row, column);
        },
        () => band.restart(),
      );
    }
  }

  /** Transforms everything to samples. */
  finish(): void {
    const block = new Int32Array(64);
    for (const [component, levels] of this.#levels) {
      const { factors, size, stride } = component;
      if (factors === undefined) throw new Error("a component has no scan");
      const indices = usedIndices(size);
      const places = indices.map((index) => NATURAL[index] as number);
      const shares = Int32Array.from(indices, (index) => factors[index] as number);
      const each = perBlock(component);
      for (let row = 0, at = 0; at < levels.length; row += 1) {
        for (let column = 0; column < stride; column += 1, at += each) {
          let any = 0;
          for (let used = 0; used < places.length; used += 1) {
            const place = places[used] as number;
            const level = levels[at + place] as number;
            any |= level;
            block[place] = level * (shares[used] as number);
          }
          block[0] = (levels[at] as number) * (factors[0] as number);
          if (any === 0) component.putFlat(block[0], row, column);
          else component.put(block, row, column);
        }
      }
    }
  }

  #decodeDc(scan: Scan): void {
    const { reader, end, low, high } = scan;
    if (end !== 0 || low > 13) throw new Error("a scan of DC is broken");
    eachBlock(scan, (of, row, column) => {
      const { component } = of;
      const at = (row * component.stride + column) * perBlock(component);
      const levels = this.#of(component);
      if (high === 0) {
        of.last += reader.difference(needed(of.dc));
        levels[at] = of.last << low;
      } else {
        reader.check();
        levels[at] = (levels[at] as number) | (reader.bits(1) << low);
      }
    });
  }

  #of(component: ScaledComponent): Int16Array {
    return this.#levels.get(component) as Int16Array;
  }
}

function perBlock({ size }: ScaledComponent): number {
  return size === 1 ? 1 : 64;
}

/** A scan of AC coefficients of one component. */
class Band {
  readonly #scan: Scan;
  readonly #reader: EntropyReader;
  readonly #table: CodeTable;
  readonly #levels: Int16Array;
  /** The blocks that follow without a coefficient in this band. */
  #empty = 0;

  constructor(scan: Scan, table: CodeTable, levels: Int16Array) {
    this.#scan = scan;
    this.#reader = scan.reader;
    this.#table = table;
    this.#levels = levels;
  }

  restart(): void {
    this.#empty = 0;
  }

  /** Reads the block of coefficients at an offset for the first time (G.1.2.2). */
  decode(at: number): void {
    if (this.#empty > 0) {
      this.#empty -= 1;
      return;
    }
    const { start, end, low } = this.#scan;
    for (let index = start; index <= end; index += 1) {
      const symbol = this.#reader.symbol(this.#table);
      const run = symbol >> 4;
      const size = symbol & 15;
      if (size === 0) {
        if (run < 15) {
          this.#empty = (1 << run) + this.#reader.bits(run) - 1;
          return;
        }
        index += 15;
      } else {
        index += run;
        const level = extended(this.#reader.bits(size), size) << low;
        this.#levels[at + (NATURAL[index] as number)] = level;
      }
    }
  }

  /** Reads one more bit of the block of coefficients at an offset (G.1.2.3). */
  refine(at: number): void {
    const { start, end, low } = this.#scan;
    let index = start;
    while (index <= end && this.#empty === 0) {
      const symbol = this.#reader.symbol(this.#table);
      const run = symbol >> 4;
      const size = symbol & 15;
      if (size > 1) throw new Error("its coded data is broken");
      if (size === 0 && run < 15) {
        this.#empty = (1 << run) + this.#reader.bits(run);
        break;
      }
      const level = size === 0 ? 0 : (this.#reader.bits(1) * 2 - 1) << low;
      index = this.#refineRun(at, index, run);
      if (level !== 0 && index <= end) this.#levels[at + (NATURAL[index] as number)] = level;
      index += 1;
    }
    if (this.#empty > 0) {
      this.#refineRun(at, index, 64);
      this.#empty -= 1;
    }
  }

  /** Reads a bit of each coefficient that is not 0, behind `zeros` that are, and skips those. */
  #refineRun(at: number, from: number, zeros: number): number {
    const { end, low } = this.#scan;
    const levels = this.#levels;
    let left = zeros;
    let index = from;
    for (; index <= end; index += 1) {
      const place = at + (NATURAL[index] as number);
      const level = levels[place] as number;
      if (level === 0) {
        if (left === 0) break;
        left -= 1;
      } else if (this.#reader.bits(1) === 1 && (level & (1 << low)) === 0) {
        levels[place] = level + (level > 0 ? 1 << low : -1 << low);
      }
    }
    return index;
  }
}
