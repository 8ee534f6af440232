/**
 * Dates and times as text in the form of ISO 8601.
 * @module
 */
import { badParquet } from "./bad-parquet.ts";

/** The ticks of a second in each unit. */
export const TICKS = { millis: 1_000n, micros: 1_000_000n, nanos: 1_000_000_000n } as const;

/** Writes days since 1970 as `2026-11-28`. */
export function dateCell(days: number): string {
  return isoOf(days * 86_400_000).slice(0, -"T00:00:00.000Z".length);
}

/**
 * Writes ticks since 1970 as `2026-11-28T09:30:00.5`; with a `Z` if it is an instant, and without
 * if it is a local time.
 *
 * @param ticks the number of ticks in a second
 */
export function timestampCell(value: bigint, ticks: bigint, isUtc: boolean): string {
  const part = ((value % ticks) + ticks) % ticks;
  const seconds = isoOf(Number((value - part) / ticks) * 1000).slice(0, -".000Z".length);
  return `${seconds}${fraction(part, ticks)}${isUtc ? "Z" : ""}`;
}

/** Writes ticks since midnight as `09:30:00.5`. */
export function timeCell(value: bigint, ticks: bigint): string {
  if (value < 0n || value >= 86_400n * ticks) throw badParquet(`a time in it is ${value}`);
  return timestampCell(value, ticks, false).slice("1970-01-01T".length);
}

function isoOf(millis: number): string {
  // The range of a Date, up to the year 275,760.
  if (Math.abs(millis) <= 8.64e15) return new Date(millis).toISOString();
  throw badParquet("a date in it is out of range");
}

function fraction(part: bigint, ticks: bigint): string {
  if (part === 0n) return "";
  return `.${String(ticks + part)
    .slice(1)
    .replace(/0+$/, "")}`;
}
