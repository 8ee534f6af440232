/**
 * CMYK to RGB by Pillow's rule, without colour profiles.
 * @module
 */

/**
 * The level of red, green or blue that is left of what black leaves.
 *
 * @param ink cyan, magenta or yellow: 255 is all of it
 * @param light the inverse of black: 0 is all of it
 */
export function lightBehind(ink: number, light: number): number {
  // ink * light / 255, rounded.
  const product = ink * light + 128;
  return Math.max(0, light - (((product >> 8) + product) >> 8));
}
