/**
 * JSON to send, and JSON that was received, whose whole numbers keep their digits.
 * @module
 */

/** A number that a double may not hold has this many digits. */
const LONG = /\d{16}/;

/** Inserts raw text into JSON; on runtimes without it, BigInts cannot be written. */
const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

/**
 * Writes JSON; BigInts become integers.
 *
 * @param ofNonFinite makes the value to write of NaN or Infinity. Default: they are refused
 * @throws TypeError for what JSON cannot express
 */
export function jsonOf(
  value: unknown,
  ofNonFinite: (value: number, key: string) => string = refused,
): string {
  const replace = (key: string, part: unknown): unknown => {
    if (typeof part === "bigint" && rawJSON !== undefined) return rawJSON(String(part));
    if (typeof part === "number" && !Number.isFinite(part)) return ofNonFinite(part, key);
    return part;
  };
  return JSON.stringify(value, replace) ?? "null";
}

function refused(value: number, key: string): string {
  throw new TypeError(`Cannot send as JSON: "${key}" is ${value}, which JSON has no word for`);
}

/**
 * Parses JSON.
 *
 * @param ofDigits makes the value of a whole number beyond ±(2^53-1)
 * @throws SyntaxError for a text that is not JSON
 */
export function parseJson(text: string, ofDigits: (digits: string) => unknown): unknown {
  if (ofDigits === Number || !LONG.test(text)) return JSON.parse(text);
  const revive = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
    const { source = "" } = context ?? {};
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    return /^-?\d+$/.test(source) ? ofDigits(source) : value;
  };
  // TypeScript does not know the third argument yet (ECMAScript's JSON.parse source text access).
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}
