/**
 * How numbers are written in the text formats.
 * @module
 */

/** The value of a sample: what Go's ParseFloat, and so Prometheus, reads. */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

/**
 * A number as the value of the labels `le` and `quantile`, as Python's client writes it: `1.0`,
 * `0.005`, `1e+06`. These are texts that queries compare, and a dashboard made for BentoML asks for
 * `le="1.0"`. OpenMetrics wants the same ("canonical numbers").
 */
export function formatBound(value: number): string {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value)) return formatValue(value);
  // Python's repr() goes over to exponents at 1e16 and below 1e-4, its client for Prometheus at
  // 1e6, if the number is positive.
  const large = magnitude >= 1e16 || value >= 1e6;
  if (large || (magnitude > 0 && magnitude < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
