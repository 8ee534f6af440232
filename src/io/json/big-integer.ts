/**
 * Whole numbers beyond ±(2^53-1), where doubles begin to lose digits.
 * @module
 */

/**
 * Returns true for digits that JavaScript writes for the double that they denote: a number that is
 * sent back as it came, such as 100000000000000000000 from `JSON.stringify(1e20)`.
 */
export function isSafeText(digits: string): boolean {
  return String(Number(digits)) === digits;
}
