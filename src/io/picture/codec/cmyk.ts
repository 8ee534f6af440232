/**
 * CMYK to RGB by Pillow's rule, without colour profiles.
 * @module
 */

/**
 * Returns the level of red, green or blue for an ink and the black below it.
 *
 * @param ink the amount of cyan, magenta or yellow; 255 is full
 * @param light the inverse of black; 0 is full black
 */
export function lightBehind(ink: number, light: number): number {
  // ink * light / 255, rounded.
  const product = ink * light + 128;
  return Math.max(0, light - (((product >> 8) + product) >> 8));
}
