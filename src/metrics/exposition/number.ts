/**
 * Numbers in the text formats.
 * @module
 */

/** Formats the value of a sample as Go's ParseFloat, and so Prometheus, reads it. */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

/**
 * Formats a value of the labels `le` and `quantile` as Python's client does: `1.0`, `0.005`,
 * `1e+06`. Queries compare these texts, and a dashboard made for BentoML queries `le="1.0"`.
 * OpenMetrics requires the same ("canonical numbers").
 */
export function formatBound(value: number): string {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value)) return formatValue(value);
  // Python's repr() uses exponents from 1e16 and below 1e-4; its client for Prometheus from 1e6, if
  // the number is positive.
  const large = magnitude >= 1e16 || value >= 1e6;
  if (large || (magnitude > 0 && magnitude < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
