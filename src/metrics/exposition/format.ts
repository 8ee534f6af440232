/**
 * Format: one of the formats in which metrics are exposed.
 * @module
 */

import type { FamilySnapshot } from "./snapshot.ts";

/** Writes an exposition piece by piece. */
export interface Format {
  /** The value of the header Content-Type. */
  readonly contentType: string;
  /** Yields the pieces of one family, each of a bounded size: other work can run between them. */
  family(family: FamilySnapshot): Iterable<string | Uint8Array>;
  /** The text after the last family. */
  readonly end: string;
}
