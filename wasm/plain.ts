// biome-ignore-all lint/correctness/noPrecisionLoss: numbers have 64 bits here
/** Texts that `JSON.parse` reads as this project's own reader does. */
import { input, MARGIN } from "./memory";
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  characters,
  digitsBefore,
  LETTER_E,
  LOWER,
  nonDigits,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  POINT,
  QUOTE,
} from "./text";

/** Integers of fewer digits are exact as doubles. */
const MAX_DIGITS: usize = 15;
/** An exponent of as many digits may make a number greater than any double. */
const LONG_EXPONENT: usize = 3;

/** Returns a word whose lowest bit is that of the first of eight characters that is given. */
function characterIn(word: u64, eightTimes: u64): u64 {
  const same = word ^ eightTimes;
  return (same - 0x0101010101010101) & ~same & 0x8080808080808080;
}

/** Returns the position of the quote that ends a string, or one behind the text. */
function endOfString(start: usize, end: usize): usize {
  let at = start + 1;
  while (at < end) {
    const word = load<u64>(at);
    const found = characterIn(word, 0x2222222222222222) | characterIn(word, 0x5c5c5c5c5c5c5c5c);
    if (found === 0) {
      at += 8;
      continue;
    }
    at += digitsBefore(found);
    if (load<u8>(at) !== BACKSLASH) return at;
    at += 2;
  }
  return at;
}

function afterDigits(start: usize): usize {
  let at = start;
  let mask = nonDigits(characters(at));
  while (mask === 0) {
    at += 8;
    mask = nonDigits(characters(at));
  }
  return at + digitsBefore(mask);
}

/**
 * Returns true if valid JSON has no integer of 16 digits, no exponent of three, and no more than
 * `maxDepth` levels of nesting.
 */
export function isPlain(length: i32, maxDepth: i32): bool {
  const end = input + length;
  memory.fill(end, 0, MARGIN);
  let at: usize = input;
  let depth = 0;
  while (at < end) {
    let byte: u32 = load<u8>(at);
    if (byte - 48 <= 9) {
      const from = at;
      at = afterDigits(at);
      if (at - from > MAX_DIGITS) return false;
      byte = load<u8>(at);
      if (byte === POINT) {
        at = afterDigits(at + 1);
        byte = load<u8>(at);
      }
      if ((byte | LOWER) === LETTER_E) {
        at += 1;
        if (load<u8>(at) === PLUS) at += 1;
        if (afterDigits(at) - at >= LONG_EXPONENT) return false;
      }
      continue;
    }
    if (byte === QUOTE) {
      at = endOfString(at, end);
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      depth += 1;
      if (depth > maxDepth) return false;
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth -= 1;
    }
    at += 1;
  }
  return true;
}
