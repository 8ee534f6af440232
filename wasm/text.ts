// biome-ignore-all lint/correctness/noPrecisionLoss: numbers have 64 bits here
/** Characters of a text, up to eight at a time as one integer of 64 bits. */

export const TRUE: u32 = 0x65757274;
export const FALS: u32 = 0x736c6166;
export const LETTER_E: u32 = 0x65;
export const LOWER: u32 = 0x20;
export const EIGHT_SPACES: u64 = 0x2020202020202020;
export const SPACE: u32 = 0x20;
export const QUOTE: u32 = 0x22;
export const BACKSLASH: u32 = 0x5c;
export const OPEN_BRACE: u32 = 0x7b;
export const CLOSE_BRACE: u32 = 0x7d;
export const NEW_LINE: u32 = 0x0a;
export const COMMA: u32 = 0x2c;
export const MINUS: u32 = 0x2d;
export const PLUS: u32 = 0x2b;
export const POINT: u32 = 0x2e;
export const OPEN_BRACKET: u32 = 0x5b;
export const CLOSE_BRACKET: u32 = 0x5d;

export const MAX_SAFE_INTEGER: u64 = 9007199254740991;
export const TENS = memory.data<u64>(
  [
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
    100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
    10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000,
  ],
  8,
);
/** The mantissas that can take 0 to 7 more digits: less than 10^19 / 10^n. */
export const ROOM = memory.data<u64>(
  [
    10000000000000000000, 1000000000000000000, 100000000000000000, 10000000000000000,
    1000000000000000, 100000000000000, 10000000000000, 1000000000000,
  ],
  8,
);
export const TEN_TO_8: u64 = 100000000;
export const ROOM_FOR_8: u64 = 100000000000;

/** Loads eight characters, exclusive-or "0": a digit becomes its value. */
export function characters(at: usize): u64 {
  return load<u64>(at) ^ 0x3030303030303030;
}

/** Returns a word whose lowest bit is that of the first character that is no digit. */
export function nonDigits(word: u64): u64 {
  return ((word + 0x7676767676767676) | word) & 0x8080808080808080;
}

/** Returns the number of digits before the first other character. */
export function digitsBefore(mask: u64): usize {
  return <usize>(ctz(mask) >> 3);
}

/** Returns the number that eight digits denote. */
export function eight(word: u64): u64 {
  const pairs = word * 10 + (word >> 8);
  const even = (pairs & 0x000000ff000000ff) * 0x000f424000000064;
  const odd = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001;
  return (even + odd) >> 32;
}

/** Returns the number that the first `count` of eight digits denote; `count` is less than 8. */
export function first(word: u64, count: usize): u64 {
  return eight((word << (56 - ((<u64>count) << 3))) << 8);
}

export function tenTo(count: usize): u64 {
  return load<u64>(TENS + (count << 3));
}

export function isSpace(byte: u32): bool {
  return byte <= 0x20 && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

export function afterSpace(from: usize): usize {
  let at = from;
  let byte: u32 = load<u8>(at);
  while (isSpace(byte)) {
    at += 1;
    // Lines of indented text begin with many.
    if (byte === NEW_LINE) while (load<u64>(at) === EIGHT_SPACES) at += 8;
    byte = load<u8>(at);
  }
  return at;
}
