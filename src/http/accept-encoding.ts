/**
 * acceptedCodings(): the content codings that a caller accepts (RFC 9110, section 12.5.3).
 * @module
 */

import type { BodyFormat } from "./compression/compression.ts";

/** The most characters that are read: no client needs more. */
const MAX_LENGTH = 500;

/** The codings that this server can produce. */
const ALL: readonly BodyFormat[] = ["gzip", "deflate"];

/** The codings of a caller. */
export interface AcceptedCodings {
  /** The one to use: that of the highest weight, `gzip` among equals; undefined for none. */
  readonly best: BodyFormat | undefined;
  /**
   * True if the header names this one alone. HTTP clients accept all that they know by themselves;
   * a caller who names one has asked for it.
   */
  readonly isOnly: boolean;
}

/**
 * Reads the header `Accept-Encoding`. A coding with `q=0` is not accepted.
 *
 * @param offered the codings that the answer can have
 */
export function acceptedCodings(
  header: string | null | undefined,
  offered: readonly BodyFormat[] = ALL,
): AcceptedCodings {
  const weights = new Map<string, number>();
  for (const each of (header ?? "").slice(0, MAX_LENGTH).toLowerCase().split(",")) {
    const [, coding, q = "1"] = /^\s*([^;\s]+)\s*(?:;\s*q\s*=\s*([\d.]+))?\s*$/.exec(each) ?? [];
    if (coding !== undefined) weights.set(coding === "x-gzip" ? "gzip" : coding, Number(q));
  }
  const weightOf = (coding: string): number => weights.get(coding) ?? weights.get("*") ?? 0;
  const [first] = offered.toSorted((one, other) => weightOf(other) - weightOf(one));
  const best = first !== undefined && weightOf(first) > 0 ? first : undefined;
  const named = [...weights].filter(([coding, weight]) => weight > 0 && coding !== "identity");
  return { best, isOnly: named.length === 1 };
}
