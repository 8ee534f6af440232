/**
 * Whole numbers beyond ±(2^53-1), where doubles begin to lose digits.
 * @module
 */

/**
 * Returns true for digits that JavaScript itself writes for their double, such as those of
 * 100000000000000000000 from `JSON.stringify(1e20)`: the number can be sent back unchanged.
 */
export function isSafeText(digits: string): boolean {
  return String(Number(digits)) === digits;
}
