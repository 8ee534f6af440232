/**
 * Dates and times as text in the form of ISO 8601.
 * @module
 */
import { badParquet } from "./bad-parquet.ts";

/** The ticks of a second in each unit. */
export const TICKS = { millis: 1_000n, micros: 1_000_000n, nanos: 1_000_000_000n } as const;

/** As `2026-11-28`, of days since 1970. */
export function dateCell(days: number): string {
  return isoOf(days * 86_400_000).slice(0, -"T00:00:00.000Z".length);
}

/**
 * As `2026-11-28T09:30:00.5`, of ticks since 1970; with a `Z` where it is an instant, and without
 * where it is the time on some clock.
 *
 * @param ticks of a second
 */
export function timestampCell(value: bigint, ticks: bigint, isUtc: boolean): string {
  const part = ((value % ticks) + ticks) % ticks;
  const seconds = isoOf(Number((value - part) / ticks) * 1000).slice(0, -".000Z".length);
  return `${seconds}${fraction(part, ticks)}${isUtc ? "Z" : ""}`;
}

/** As `09:30:00.5`, of ticks since midnight. */
export function timeCell(value: bigint, ticks: bigint): string {
  if (value < 0n || value >= 86_400n * ticks) throw badParquet(`a time in it is ${value}`);
  return timestampCell(value, ticks, false).slice("1970-01-01T".length);
}

function isoOf(millis: number): string {
  // What a Date can be: 275,760 years.
  if (Math.abs(millis) <= 8.64e15) return new Date(millis).toISOString();
  throw badParquet("a date in it is out of range");
}

function fraction(part: bigint, ticks: bigint): string {
  if (part === 0n) return "";
  return `.${String(ticks + part)
    .slice(1)
    .replace(/0+$/, "")}`;
}
