/**
 * The line of progress on a terminal, at standard error, which is drawn again and again.
 * @module
 */

import process from "node:process";

/** How often a line is drawn, in milliseconds. */
export const DRAW_MS = 100;

/** The length of a bar, in characters. */
const BAR_LENGTH = 24;

/** Returns a bar. @param share the part of the work that is done, from 0 to 1 */
export function barOf(share: number): string {
  return "█".repeat(Math.round(share * BAR_LENGTH)).padEnd(BAR_LENGTH, "░");
}

/** Draws a line in place of the last one, cut to the width of the terminal. */
export function drawLine(text: string): void {
  const { columns = 80 } = process.stderr;
  process.stderr.write(`\r\x1b[K${text.slice(0, Math.max(10, columns - 1))}`);
}
