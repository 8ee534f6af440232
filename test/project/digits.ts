/** The pixels of the example's pictures. */
import { readFileSync } from "node:fs";
import { image } from "../../src/io/picture/image.ts";
import { root } from "../support/runtimes.ts";

/** A three as 28 rows of 28 pixels, from 0 to 1. */
export async function three(): Promise<number[][]> {
  const bytes = readFileSync(new URL("examples/mnist/digits/digit-3-a.png", root));
  const { data } = await image({ mode: "L" }).decode({ bytes, type: "image/png" });
  return rows((x, y) => (data[28 * y + x] ?? 0) / 255);
}

/** A picture with nothing in it. */
export function blank(): number[][] {
  return rows(() => 0);
}

function rows(pixel: (x: number, y: number) => number): number[][] {
  return Array.from({ length: 28 }, (_, y) => Array.from({ length: 28 }, (_, x) => pixel(x, y)));
}
