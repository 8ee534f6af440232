/**
 * Numbers as people read them, each with its unit.
 * @module
 */

import type { Quantile } from "./quantile.ts";

/** What a number counts or measures. */
export type Unit = "perSecond" | "seconds" | "count";

/** The signs in front of a value that is only known to lie on one side of it. */
const BOUNDS = { atMost: "≤ ", atLeast: "≥ " } as const;

/** Returns a text such as `12.5/s`, `3.21 ms`, `≤ 5 ms` or `4`. */
export function formatValue({ value, bound }: Quantile, unit: Unit): string {
  const sign = bound === undefined ? "" : BOUNDS[bound];
  return `${sign}${formatNumber(value, unit)}`;
}

/** Returns a number with its unit: three digits that count, or of counts two behind the point. */
export function formatNumber(value: number, unit: Unit): string {
  if (unit === "seconds") return formatSeconds(value);
  return unit === "perSecond" ? `${threeDigits(value)}/s` : HUNDREDTHS.format(value);
}

function formatSeconds(seconds: number): string {
  if (seconds === 0) return "0 ms";
  if (seconds < 0.001) return `${threeDigits(seconds * 1e6)} µs`;
  return seconds < 1 ? `${threeDigits(seconds * 1000)} ms` : `${threeDigits(seconds)} s`;
}

const HUNDREDTHS = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const DIGITS = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function threeDigits(value: number): string {
  return (Math.abs(value) >= 100 ? WHOLE : DIGITS).format(value);
}
