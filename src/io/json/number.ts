/**
 * NumberScanner: reads the numbers of a JSON text from its bytes, as the doubles that `JSON.parse`
 * makes of them.
 *
 * Up to 15 digits are an exact integer m, and m·10^e is rounded once if |e| is at most 22
 * (W. D. Clinger, "How to read floating point numbers accurately", 1990). Up to 19 digits are
 * divided in double-double arithmetic (T. J. Dekker, 1971); the result is used if its error cannot
 * change the rounding. All other numbers are left to `Number`.
 * @module
 */

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const LETTER_E = 0x65;
/** Turns an upper-case letter into a lower-case one. */
const LOWER = 0x20;

/** The powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const MAX_POWER = POWERS.length - 1;

/** The number of digits that always make an exact integer. */
const EXACT_DIGITS = 15;
/** The number of digits that the sum of two doubles holds exactly. */
const DOUBLE_DIGITS = 19;
/** The bound of exponents, beyond which any number is 0 or infinite. */
const MAX_EXPONENT = 1_000_000_000;

/** A bound on the relative error of the second quotient, which is about 2^-51. */
const DOUBT = 2 ** -48;
/** Splits a double into two halves of 26 bits. */
const SPLITTER = 2 ** 27 + 1;

/** Reads one number at a time. The fields describe the last one. */
export class NumberScanner {
  /** The position after the last number or, if that was no number, of the unexpected byte. */
  end = 0;
  /** True if the last number has neither a fraction nor an exponent. */
  isInteger = true;

  /** Reads the number that begins at `start`; NaN if there is none. */
  read(bytes: Uint8Array, start: number): number {
    let at = start;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at += 1;
    const first = at;
    let mantissa = 0;
    let digit = (bytes[at] ?? 0) - ZERO;
    if (digit === 0) {
      at += 1;
    } else {
      while (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        at += 1;
        digit = (bytes[at] ?? 0) - ZERO;
      }
      if (at === first) return this.#fail(at);
    }
    let digits = at - first;
    let exponent = 0;
    this.isInteger = true;
    if (bytes[at] === POINT) {
      at += 1;
      const from = at;
      digit = (bytes[at] ?? 0) - ZERO;
      while (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        at += 1;
        digit = (bytes[at] ?? 0) - ZERO;
      }
      if (at === from) return this.#fail(at);
      digits += at - from;
      exponent = from - at;
      this.isInteger = false;
    }
    const mantissaEnd = at;
    if (((bytes[at] ?? 0) | LOWER) === LETTER_E) {
      const power = this.#exponent(bytes, at + 1);
      if (Number.isNaN(power)) return power;
      at = this.end;
      exponent += power;
      this.isInteger = false;
    }
    this.end = at;
    const value =
      digits > EXACT_DIGITS
        ? roundLong(bytes, first, mantissaEnd, at, exponent)
        : roundShort(bytes, first, at, mantissa, exponent);
    return isNegative ? -value : value;
  }

  #exponent(bytes: Uint8Array, start: number): number {
    const sign = bytes[start];
    let at = sign === MINUS || sign === PLUS ? start + 1 : start;
    const from = at;
    let power = 0;
    for (let digit = (bytes[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; ) {
      power = Math.min(power * 10 + digit, MAX_EXPONENT);
      at += 1;
      digit = (bytes[at] ?? 0) - ZERO;
    }
    if (at === from) return this.#fail(at);
    this.end = at;
    return sign === MINUS ? -power : power;
  }

  #fail(at: number): number {
    this.end = at;
    return Number.NaN;
  }
}

/** Decodes ASCII bytes. */
export function asciiText(bytes: Uint8Array, begin: number, end: number): string {
  const part = bytes.subarray(begin, end);
  // A longer list of arguments could overflow the stack.
  return part.length > 256 ? new TextDecoder().decode(part) : String.fromCharCode(...part);
}

function roundShort(
  bytes: Uint8Array,
  begin: number,
  end: number,
  mantissa: number,
  exponent: number,
): number {
  if (exponent === 0 || mantissa === 0) return mantissa;
  if (exponent < 0) {
    if (exponent >= -MAX_POWER) return mantissa / (POWERS[-exponent] ?? 1);
  } else if (exponent <= MAX_POWER) {
    return mantissa * (POWERS[exponent] ?? 1);
  }
  return Number(asciiText(bytes, begin, end));
}

/** Reads a number of more than 15 digits, leading zeros included. */
function roundLong(
  bytes: Uint8Array,
  begin: number,
  mantissaEnd: number,
  end: number,
  exponent: number,
): number {
  let high = 0;
  let low = 0;
  let digits = 0;
  for (let at = begin; at < mantissaEnd; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || (digits === 0 && digit === 0)) continue; // the point, and leading zeros
    digits += 1;
    if (digits <= EXACT_DIGITS) high = high * 10 + digit;
    else low = low * 10 + digit;
  }
  if (digits <= EXACT_DIGITS) return roundShort(bytes, begin, end, high, exponent);
  if (digits <= DOUBLE_DIGITS && exponent <= 0 && exponent >= -MAX_POWER) {
    const value = divide(high, POWERS[digits - EXACT_DIGITS] ?? 1, low, POWERS[-exponent] ?? 1);
    if (!Number.isNaN(value)) return value;
  }
  return Number(asciiText(bytes, begin, end));
}

/** Returns (high·scale + low) / divisor, rounded once; NaN if the rounding is uncertain. */
function divide(high: number, scale: number, low: number, divisor: number): number {
  const product = high * scale;
  const rest = productError(high, scale, product) + low;
  const dividend = product + rest;
  const dividendError = rest - (dividend - product);
  const quotient = dividend / divisor;
  const back = quotient * divisor;
  const remainder = dividend - back - productError(quotient, divisor, back) + dividendError;
  const correction = remainder / divisor;
  const value = quotient + correction * (1 - DOUBT);
  return value === quotient + correction * (1 + DOUBT) ? value : Number.NaN;
}

/** Returns the exact error of the rounded product of two doubles. */
function productError(a: number, b: number, product: number): number {
  const aSplit = a * SPLITTER;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = b * SPLITTER;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}
