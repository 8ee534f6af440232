/**
 * Sequential scans of a JPEG that is decoded at a smaller scale: blocks become samples at once.
 * @module
 */

import { eachBlock, needed, type Scan } from "./scan.ts";

/** Decodes a scan to samples. */
export function decodeSequential(scan: Scan): void {
  const { reader } = scan;
  const block = new Int32Array(64);
  eachBlock(scan, (of, row, column) => {
    const { component } = of;
    const dc = needed(of.dc);
    const ac = needed(of.ac);
    const factors = component.factors as Int32Array;
    of.last += reader.difference(dc);
    const level = of.last * (factors[0] as number);
    if (component.size === 1) {
      reader.skip(ac, ac.skips());
      component.putFlat(level, row, column);
    } else if (reader.coefficients(ac, factors, block)) {
      block[0] = level;
      component.put(block, row, column);
      block.fill(0);
    } else {
      component.putFlat(level, row, column);
    }
  });
}
