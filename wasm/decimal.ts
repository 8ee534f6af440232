/** Decimals as doubles. */
import { MAX_POWER, powers } from "./memory";

/** A bound on the relative error of the sum of products, which is about 2^-73. */
const DOUBT: f64 = 8.470329472543003e-22; // 2^-70

/** Mantissas of 15 digits and powers of ten up to 10^22 are exact as doubles. */
const EXACT_MANTISSA: u64 = 1000000000000000;
const EXACT_POWER: i32 = 22;

/** Returns mantissa·10^exponent, rounded once; NaN if the rounding is uncertain. */
export function decimal(mantissa: u64, exponent: i32): f64 {
  // Both are exact doubles, so that one division rounds once.
  if (mantissa < EXACT_MANTISSA && exponent < 0 && exponent >= -EXACT_POWER) {
    return <f64>(<i64>mantissa) / load<f64>(powers + <usize>(MAX_POWER - exponent) * 24, 16);
  }
  const shift = clz(mantissa);
  const word = mantissa << shift;
  const upper = <f64>(<u32>(word >> 32));
  const lower = <f64>(<u32>word);
  const power = powers + <usize>(exponent + MAX_POWER) * 24;
  const high = upper * load<f64>(power);
  const low = upper * load<f64>(power, 8) + lower * load<f64>(power, 16);
  const doubt = high * DOUBT;
  const value = high + (low - doubt);
  if (value !== high + (low + doubt)) return NaN;
  return value * reinterpret<f64>((1023 - shift) << 52);
}
