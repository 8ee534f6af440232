/**
 * JSON as pandas and BentoML's clients write series and tables: with bare `NaN` and `Infinity`, and
 * with all digits of 64-bit integers.
 * @module
 */
import type { JsonReading } from "./reader.ts";

/**
 * Reads NaN and Infinity as null, since pandas' `to_json` takes them for missing, and integers
 * beyond ±(2^53-1) as strings of digits.
 */
export const PANDAS: JsonReading = { nonFinite: "null", bigIntegers: "string" };
