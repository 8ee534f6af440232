/**
 * The names of classes, from a text with one a line.
 * @module
 */

/** The most names. */
export const MAX_LABELS = 1_000_000;

/** The longest text, in bytes. */
export const MAX_LABELS_BYTES: number = 16 * 1024 * 1024;

/**
 * Reads the names of classes. An empty line is the name of a class, too, unless it is at the end:
 * the lines that follow must keep their numbers.
 */
export function parseClassLabels(text: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  while (lines.at(-1)?.trim() === "") lines.pop();
  if (lines.length > MAX_LABELS) {
    throw new Error(`It must have at most ${MAX_LABELS} lines, but has ${lines.length}`);
  }
  return lines.map((line) => line.trim());
}
