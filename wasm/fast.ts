// biome-ignore-all lint/correctness/noPrecisionLoss: numbers have 64 bits here
/** Runs of numbers without exponents, of at most nineteen digits, whose ends are found first. */
import { decimal } from "./decimal";
import { findEnds, lastEnd, moreEnds, nextEnd, takeEnds } from "./ends";
import { MOST_OF_FOUR, readFour } from "./four";
import { bytes, ELEMENTS, input, MAX_POWER, masks, output, powers, state, UINT64 } from "./memory";
import {
  afterSpace,
  CLOSE_BRACKET,
  COMMA,
  characters,
  digitsBefore,
  eight,
  first,
  MINUS,
  nonDigits,
  OPEN_BRACKET,
  POINT,
  SPACE,
  TEN_TO_8,
  tenTo,
} from "./text";

/** The numbers to read one by one after some that cannot be read four at a time. */
const PATIENCE: i32 = 4;
const TEN_TO_16: u64 = 10000000000000000;
/** Tells characters that are no digits, once they are exclusive-or "0". */
const NO_DIGIT: u64 = 0xf0f0f0f0f0f0f0f0;
/** Nineteen digits are less than 10^19, and eighteen behind the point and one before it, too. */
const MAX_PLACES: u32 = 19;
/** The middle between two floats, in the last 29 bits of a double, less a distance in doubles. */
const NEAR_MIDDLE: u32 = 0x10000000 - 8;

/** Returns the number that sixteen digits denote; the first is in the lowest byte. */
function sixteen(digits: v128): u64 {
  const tens = i16x8.mul(digits, v128.load(bytes, 16));
  const pairs = v128.and(i16x8.add(tens, i16x8.shr_u(digits, 8)), v128.load(bytes, 32));
  const fours = i32x4.dot_i16x8_s(pairs, v128.load(bytes, 48));
  const narrow = i16x8.narrow_i32x4_u(fours, fours);
  const eights = i64x2.extract_lane(i32x4.dot_i16x8_s(narrow, v128.load(bytes, 64)), 0);
  return (eights & 0xffffffff) * TEN_TO_8 + (eights >> 32);
}

/**
 * Returns the value of a fraction without its sign; NaN for any other text, or one that is read
 * elsewhere.
 *
 * @param begin the position of the first digit
 * @param to the position behind the last one
 */
function fraction<T>(begin: usize, to: usize): f64 {
  const size = to - begin;
  let whole: u64 = <u64>load<u8>(begin) - 48;
  if (whole > 9) return NaN;
  let places = size - 2;
  if (load<u8>(begin, 1) !== POINT) {
    const word = characters(begin);
    const more = digitsBefore(nonDigits(word));
    if (more > 7 || load<u8>(begin + more) !== POINT || whole === 0) return NaN;
    whole = first(word, more);
    places = size - more - 1;
    if (places > 10) return NaN;
  }
  if (<u32>places - 1 >= MAX_PLACES) return NaN;
  const text = v128.xor(v128.load(to - 16), v128.load(bytes));
  const digits = v128.and(text, v128.load(masks + places));
  // The digits before the last sixteen, of which there are up to three.
  const upper = (load<u32>(to - 20) ^ 0x30303030) & load<u32>(masks + places - 4);
  if (v128.any_true(v128.and(digits, v128.load(bytes, 80)))) return NaN;
  if ((upper & <u32>NO_DIGIT) !== 0) return NaN;
  const pairs = upper * 10 + (upper >> 8);
  const more = <u64>((pairs & 0xff) * 100 + ((pairs >> 16) & 0xff));
  const mantissa = whole * tenTo(places) + more * TEN_TO_16 + sixteen(digits);
  if (<i64>mantissa < 0 || (whole !== 0 && places > 17)) return NaN;
  const exponent = -(<i32>places);
  if (sizeof<T>() === 8) return decimal(mantissa, exponent);
  const power = load<f64>(powers + <usize>(MAX_POWER + exponent) * 24, 16);
  const value = <f64>(<i64>mantissa) * power;
  // Up to four doubles away, the exact one becomes the same float, but near the middle of two.
  const tail = <u32>reinterpret<u64>(value) & 0x1fffffff;
  return tail - NEAR_MIDDLE <= 16 ? decimal(mantissa, exponent) : value;
}

/**
 * Reads elements as `read()` does, from the position in `state`. It stops before any other element,
 * and before one that is not followed by another.
 *
 * @returns the number of elements that the output has; in `state` are the position of the next, the
 *   rows that may follow, the position in the row, and the end of the row before, if the next
 *   element is the first of a row
 */
export function readFast<T>(
  length: i32,
  kind: i32,
  isWhole: i32,
  least: f64,
  most: f64,
  count: i32,
  column: i32,
  rowLength: i32,
  rowsLeft: i32,
): i32 {
  const end = input + length;
  const start = output + <usize>count * sizeof<T>();
  const full = output + <usize>ELEMENTS * sizeof<T>();
  const isFirst = rowLength === i32.MAX_VALUE;
  const mostOfFour = <i32>min(most, MOST_OF_FOUR);
  let at = input + <usize>load<i32>(state);
  let rowEnd: usize = 0;
  let out = start;
  // Where the last element of the row will be.
  let stop = isFirst ? full : out + <usize>(rowLength - column - 1) * sizeof<T>();
  let gap = 1;
  let patience = 0;
  findEnds(at);
  let from = nextEnd();
  let last = lastEnd();
  while (out < full) {
    const to = <usize>load<u32>(from);
    const isNegative = load<u8>(at) === MINUS;
    const begin = at + <usize>isNegative;
    const size = <i32>(to - begin);
    let word = NO_DIGIT;
    if (<u32>size - 1 <= 7) {
      const others = <u64>(-size << 3) & 63;
      word = (characters(to - 8) >> others) << others;
    }
    if ((word & NO_DIGIT) === 0) {
      if (load<u8>(begin) === 48 && size > 1) break;
      const number = eight(word);
      if (isFloat<T>()) {
        let value = <T>(<i32>number);
        if (isNegative) value = -value;
        if (sizeof<T>() === 8 && !(value >= least && value <= most)) break;
        store<T>(out, value);
      } else {
        if (isNegative && kind === UINT64 && number !== 0) break;
        store<T>(out, <T>(isNegative ? 0 - number : number));
      }
    } else if (from === last) {
      if (!moreEnds(end)) break;
      from = nextEnd();
      last = lastEnd();
      continue;
    } else {
      if (!isFloat<T>() || isWhole !== 0) break;
      let value = fraction<T>(begin, to);
      if (isNegative) value = -value;
      if (!(value >= least && value <= most)) break; // NaN, too
      store<T>(out, <T>value);
    }
    const byte: u32 = load<u8>(to);
    if (byte === COMMA) {
      if (out === stop) break;
      at = to + 1;
      const next: u32 = load<u8>(at);
      if (next <= SPACE) {
        at = next === SPACE && load<u8>(at, 1) > SPACE ? at + 1 : afterSpace(at);
      }
      gap = <i32>(at - to);
    } else {
      if (byte !== CLOSE_BRACKET || out !== stop || rowsLeft === 0) break;
      let here = afterSpace(to + 1);
      if (load<u8>(here) !== COMMA) break;
      here = afterSpace(here + 1);
      if (load<u8>(here) !== OPEN_BRACKET) break;
      rowEnd = to;
      rowsLeft -= 1;
      stop += <usize>rowLength * sizeof<T>();
      at = afterSpace(here + 1);
    }
    out += sizeof<T>();
    from += 4;
    if (size <= 3 && gap <= 2 && --patience < 0) {
      const until = min(stop, full) - 4 * sizeof<T>();
      while (out <= until && from + 16 <= last && readFour<T>(at, from, gap, mostOfFour, out)) {
        out += 4 * sizeof<T>();
        from += 16;
        at = <usize>load<u32>(from - 4) + gap;
      }
      patience = PATIENCE;
    }
  }
  takeEnds(from);
  const behind = <i32>((stop - out) / sizeof<T>());
  const added = <i32>((out - start) / sizeof<T>());
  const index = isFirst ? column + added : rowLength - 1 - behind;
  store<i32>(state, <i32>(at - input));
  store<i32>(state, rowsLeft, 4);
  store<i32>(state, index, 8);
  store<i32>(state, index === 0 ? <i32>rowEnd : 0, 12);
  return count + added;
}
