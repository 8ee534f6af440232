/**
 * JSON as pandas writes it: with bare `NaN` and `Infinity`, and with 64-bit integers in full.
 * BentoML's clients send series and tables so.
 * @module
 */
import type { JsonReading } from "./reader.ts";

/**
 * Cells: one that is missing, as NaN and Infinity are to pandas' `to_json`, is null, and integers
 * beyond ±(2^53-1) are strings of digits.
 */
export const PANDAS: JsonReading = { nonFinite: "null", bigIntegers: "string" };
