/**
 * JSON as Python and NumPy write it: with bare `NaN` and `Infinity`, and with 64-bit integers in
 * full, which `JSON.parse` would round. BentoML's clients send arrays, series and tables so.
 * @module
 */

/** How what JSON has no word for is to be read. */
export interface PythonJson {
  /** What stands for NaN and Infinity: the names that readers of numbers know, or missing cells. */
  readonly nonFinite: "names" | "null";
  /** Whether whole numbers beyond ±(2^53-1) become strings of digits. */
  readonly bigIntegers: boolean;
}

/**
 * Cells: one that is missing, as NaN and Infinity are to pandas' `to_json`, is null, and integers
 * beyond ±(2^53-1) are strings of digits.
 */
export const PANDAS: PythonJson = { nonFinite: "null", bigIntegers: true };

/** A whole number that may be too long for a double. Floats often have as many digits. */
const LONG = /[[:,\s-]\d{16}/;

/** A string's beginning, a word, or a whole number that may be too long for a double. */
const TOKEN = /"|\bNaN\b|-?\bInfinity\b|(?<![\w.])-?\d{16,}(?![\w.])/g;

/** The same as JSON that `JSON.parse` reads without a loss; the text itself where it does so. */
export function plainJson(text: string, { nonFinite, bigIntegers }: PythonJson): string {
  // Nearly every text has none of these, and the look for them is a tenth of what parsing takes.
  const isPlain = !text.includes("NaN") && !text.includes("Infinity");
  if (isPlain && !(bigIntegers && LONG.test(text))) return text;
  const pieces: string[] = [];
  const token = new RegExp(TOKEN);
  let from = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [word] = found;
    if (word === '"') {
      token.lastIndex = endOfString(text, found.index);
      continue;
    }
    const isInteger = /\d$/.test(word);
    if (isInteger && (!bigIntegers || Number.isSafeInteger(Number(word)))) continue;
    const isMissing = !isInteger && nonFinite === "null";
    pieces.push(text.slice(from, found.index), isMissing ? "null" : `"${word}"`);
    from = token.lastIndex;
  }
  pieces.push(text.slice(from));
  return pieces.join("");
}

/** After the string that begins at `start`; the end of the text for one that has none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
