/** Small whole numbers, four at a time. */
import { bytes } from "./memory";

/** The greatest number of three digits. */
export const MOST_OF_FOUR: f64 = 999;
/** A comma and a space. */
const COMMA_SPACE: u32 = 0x202c;

/**
 * Reads four whole numbers of one to three digits, each with a comma behind it.
 *
 * @param at the position of the first
 * @param ends the address of the positions behind each
 * @param gap the number of bytes between two: 1 for a comma, 2 for a comma and a space
 * @param most the greatest to take
 * @param out the address of the first element
 * @returns false for any other text, after which the elements are undefined
 */
export function readFour<T>(at: usize, ends: usize, gap: i32, most: i32, out: usize): bool {
  const first = <usize>load<u32>(ends);
  const second = <usize>load<u32>(ends, 4);
  const third = <usize>load<u32>(ends, 8);
  const fourth = <usize>load<u32>(ends, 12);
  let text = v128.load32_zero(first - 3);
  text = v128.load32_lane(second - 3, text, 1);
  text = v128.load32_lane(third - 3, text, 2);
  text = v128.load32_lane(fourth - 3, text, 3);
  // Keep the digits of each, which are before the last of its four bytes, the comma.
  const begins = i32x4.add(v128.load(ends - 4), i32x4.splat(gap));
  const sizes = i32x4.sub(v128.load(ends), i32x4.replace_lane(begins, 0, <i32>at));
  const kept = i8x16.gt_s(i32x4.mul(sizes, v128.load(bytes, 96)), v128.load(bytes, 112));
  const digits = v128.and(v128.xor(text, v128.load(bytes, 128)), kept);
  const odd = i16x8.shr_u(digits, 8);
  const even = v128.and(digits, v128.load(bytes, 32));
  const tens = i32x4.mul(odd, i32x4.splat(10));
  const values = i32x4.add(i32x4.dot_i16x8_s(even, v128.load(bytes, 48)), tens);
  // Find sizes other than 1 to 3, characters other than digits and a comma, and leading zeros.
  let bad = i32x4.gt_u(i32x4.sub(sizes, i32x4.splat(1)), i32x4.splat(2));
  bad = v128.or(bad, v128.and(digits, v128.load(bytes, 144)));
  const zeros = v128.and(i8x16.eq(digits, i32x4.splat(0)), kept);
  bad = v128.or(bad, v128.andnot(v128.and(zeros, v128.load(bytes, 160)), i32x4.shl(kept, 8)));
  bad = v128.or(bad, i32x4.gt_s(values, i32x4.splat(most)));
  if (v128.any_true(bad)) return false;
  if (gap === 2) {
    if (load<u16>(first) !== COMMA_SPACE || load<u16>(second) !== COMMA_SPACE) return false;
    if (load<u16>(third) !== COMMA_SPACE || load<u16>(fourth) !== COMMA_SPACE) return false;
  }
  if (!isFloat<T>()) {
    v128.store(out, i64x2.extend_low_i32x4_s(values));
    v128.store(out, i64x2.extend_high_i32x4_s(values), 16);
  } else if (sizeof<T>() === 4) {
    v128.store(out, f32x4.convert_i32x4_s(values));
  } else {
    v128.store(out, f64x2.convert_low_i32x4_s(values));
    const upper = i64x2.shuffle(values, values, 1, 0);
    v128.store(out, f64x2.convert_low_i32x4_s(upper), 16);
  }
  return true;
}
