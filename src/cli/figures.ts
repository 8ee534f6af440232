/**
 * Figures, and texts of others, as commands print them.
 * @module
 */

/** Returns a number with three significant digits. */
export function fixed(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Returns a text without line ends, and without characters that control a terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
}
