/**
 * Doubles as Python writes them.
 * @module
 */

/**
 * Writes a double as Python's `repr` does: with the fewest digits that read back as the same
 * number, like JavaScript, but always with a point or an exponent; from 1e16 on and below 1e-4,
 * with an exponent.
 */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const magnitude = Math.abs(value);
  if (magnitude < 1e16 && magnitude >= 1e-4) {
    const text = String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  // The exponent has at least two digits.
  return `${digits}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`;
}
