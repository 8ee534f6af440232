/**
 * Format: a way to write metrics.
 * @module
 */

import type { FamilySnapshot } from "./snapshot.ts";

/** A format, with which pieces of one exposition are made one after another. */
export interface Format {
  /** The value of the header Content-Type. */
  readonly contentType: string;
  /** The pieces of one family: of a bounded size each, so that other work can run in between. */
  family(family: FamilySnapshot): Iterable<string | Uint8Array>;
  /** What comes behind the last family. */
  readonly end: string;
}
