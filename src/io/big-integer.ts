/**
 * Whole numbers beyond ±(2^53-1), where doubles begin to lose digits.
 * @module
 */

/**
 * True for the digits of an integer that JavaScript writes of the double they make: a number that
 * comes back as it was sent, such as 100000000000000000000 from `JSON.stringify(1e20)`.
 */
export function isSafeText(digits: string): boolean {
  return String(Number(digits)) === digits;
}
