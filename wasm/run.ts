/** Runs of elements. */
import { decimal } from "./decimal";
import { readFast } from "./fast";
import { BOOL, ELEMENTS, FLOAT32, INT64, input, MAX_POWER, output, state, UINT64 } from "./memory";
import {
  afterSpace,
  CLOSE_BRACKET,
  COMMA,
  characters,
  digitsBefore,
  eight,
  FALS,
  first,
  isSpace,
  LETTER_E,
  LOWER,
  MAX_SAFE_INTEGER,
  MINUS,
  nonDigits,
  OPEN_BRACKET,
  PLUS,
  POINT,
  ROOM,
  ROOM_FOR_8,
  TEN_TO_8,
  TRUE,
  tenTo,
} from "./text";

/** The elements to read here after one that is beyond `readFast()`. */
const PATIENCE: i32 = 16;

/**
 * Reads elements that commas separate, from the position `start` of the input, which is that of an
 * element, up to anything else: an element that only other code can read, a character that is no
 * element, or the last element of the last row. Rows of the innermost axis follow one another.
 *
 * @param length the length of the input
 * @param kind the type of the elements in the output: 0 for float64, or one of the constants
 * @param isWhole 1 to take neither fractions nor exponents
 * @param min the least number to take as a float
 * @param count the elements that the output has already
 * @param column the position in the row
 * @param rowLength the length of each row; the greatest integer if it is not known yet
 * @param rowsLeft the rows that may follow this one
 * @returns the number of elements that the output has; the rest is in `state`
 */
export function read(
  start: i32,
  length: i32,
  kind: i32,
  isWhole: i32,
  min: f64,
  max: f64,
  count: i32,
  column: i32,
  rowLength: i32,
  rowsLeft: i32,
): i32 {
  const end = input + length;
  const allRows = rowsLeft;
  let at: usize = input + start;
  let isBehind = 0;
  let rowEnd: usize = 0; // of the last row, until an element of the next one is read
  let patience = kind === BOOL ? i32.MAX_VALUE : 0;
  while (count < ELEMENTS) {
    let here = afterSpace(at);
    if (patience-- === 0) {
      store<i32>(state, <i32>(here - input));
      const before = count;
      if (kind === FLOAT32) {
        count = readFast<f32>(length, kind, isWhole, min, max, count, column, rowLength, rowsLeft);
      } else if (kind < INT64) {
        count = readFast<f64>(length, kind, isWhole, min, max, count, column, rowLength, rowsLeft);
      } else {
        count = readFast<u64>(length, kind, isWhole, min, max, count, column, rowLength, rowsLeft);
      }
      patience = count === before ? PATIENCE : 0;
      if (count > before) {
        at = input + <usize>load<i32>(state);
        rowsLeft = load<i32>(state, 4);
        column = load<i32>(state, 8);
        rowEnd = <usize>load<i32>(state, 12);
        if (count === ELEMENTS) break;
        here = at;
      }
    }
    let byte: u32 = load<u8>(here);
    if (kind === BOOL) {
      const word = load<u32>(here);
      const isTrue = word === TRUE;
      if (isTrue) here += 4;
      else if (word === FALS && load<u8>(here, 4) === LETTER_E) here += 5;
      else break;
      if (here >= end) break;
      store<u8>(output + count, isTrue ? 1 : 0);
      byte = load<u8>(here);
    } else {
      const isNegative = byte === MINUS;
      if (isNegative) here += 1;
      let word = characters(here);
      let mask = nonDigits(word);
      if ((word & 0xff) === 0 && (mask & 0x8000) === 0) break; // a leading zero
      let mantissa: u64 = 0;
      let exponent = 0;
      let isInteger = true;
      const begin = here;
      while (mask === 0 && mantissa < ROOM_FOR_8) {
        mantissa = mantissa * TEN_TO_8 + eight(word);
        here += 8;
        word = characters(here);
        mask = nonDigits(word);
      }
      const more = digitsBefore(mask);
      here += more;
      if (here === begin || here - begin > 19) break;
      mantissa = mantissa * tenTo(more) + first(word, more);
      byte = load<u8>(here);
      // The text ends with zeros, so that a comma is before its end.
      if (byte === POINT) {
        isInteger = false;
        here += 1;
        const from = here;
        word = characters(here);
        mask = nonDigits(word);
        while (mask === 0 && mantissa < ROOM_FOR_8) {
          mantissa = mantissa * TEN_TO_8 + eight(word);
          here += 8;
          word = characters(here);
          mask = nonDigits(word);
        }
        const more = digitsBefore(mask);
        here += more;
        if (here === from || mask === 0 || mantissa >= load<u64>(ROOM + (more << 3))) break;
        mantissa = mantissa * tenTo(more) + first(word, more);
        exponent = <i32>(from - here);
        byte = load<u8>(here);
      }
      if (byte !== COMMA) {
        if ((byte | LOWER) === LETTER_E) {
          isInteger = false;
          here += 1;
          byte = load<u8>(here);
          const isDown = byte === MINUS;
          if (isDown || byte === PLUS) {
            here += 1;
            byte = load<u8>(here);
          }
          let digit = byte - 48;
          if (digit > 9) break;
          let power: i32 = 0;
          while (digit <= 9 && power < 1000) {
            power = power * 10 + digit;
            here += 1;
            byte = load<u8>(here);
            digit = byte - 48;
          }
          if (digit <= 9) break;
          exponent += isDown ? -power : power;
        }
        if (here >= end) break;
      }
      if (!isInteger && isWhole !== 0) break;
      if (kind === INT64) {
        if (<i64>mantissa < 0) break;
        const value = isNegative ? -(<i64>mantissa) : <i64>mantissa;
        store<i64>(output + ((<usize>count) << 3), value);
      } else if (kind === UINT64) {
        if (isNegative && mantissa !== 0) break;
        store<u64>(output + ((<usize>count) << 3), mantissa);
      } else {
        let value: f64;
        if (isInteger) {
          if (mantissa > MAX_SAFE_INTEGER) break;
          value = <f64>(<i64>mantissa);
        } else {
          if (exponent < -MAX_POWER || exponent > MAX_POWER) break;
          value = decimal(mantissa, exponent);
        }
        if (isNegative) value = -value;
        if (!(value >= min && value <= max)) break; // NaN, too
        if (kind === FLOAT32) store<f32>(output + ((<usize>count) << 2), <f32>value);
        else store<f64>(output + ((<usize>count) << 3), value);
      }
    }
    count += 1;
    rowEnd = 0;
    if (isSpace(byte)) {
      here = afterSpace(here);
      byte = load<u8>(here);
    }
    at = here;
    if (byte === COMMA && column + 1 !== rowLength) {
      column += 1;
      at += 1;
      continue;
    }
    isBehind = 1;
    if (byte !== CLOSE_BRACKET || column + 1 !== rowLength || rowsLeft === 0) break;
    here = afterSpace(here + 1);
    if (load<u8>(here) !== COMMA) break;
    here = afterSpace(here + 1);
    if (load<u8>(here) !== OPEN_BRACKET || here >= end) break;
    rowEnd = at;
    isBehind = 0;
    rowsLeft -= 1;
    column = 0;
    at = here + 1;
  }
  if (rowEnd !== 0) {
    // Other code reads a row that does not begin with such an element.
    at = rowEnd;
    isBehind = 1;
    rowsLeft += 1;
    column = rowLength - 1;
  }
  store<i32>(state, <i32>(at - input));
  store<i32>(state, allRows - rowsLeft, 4);
  store<i32>(state, column, 8);
  store<i32>(state, isBehind, 12);
  return count;
}
