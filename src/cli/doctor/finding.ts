/**
 * The findings of `ekiben doctor`.
 * @module
 */

/** `problem` for what breaks serving, `warning` for what may surprise. */
export type Status = "ok" | "warning" | "problem";

/** What a check has found. */
export interface Finding {
  /** What was checked, in a word or two. */
  readonly check: string;
  readonly status: Status;
  readonly text: string;
  /** What to do. */
  readonly advice?: string;
}

/** Returns the finding that all is well. */
export function ok(check: string, text: string): Finding {
  return { check, status: "ok", text };
}

/** Returns the finding of what may surprise. */
export function warning(check: string, text: string, advice: string): Finding {
  return { check, status: "warning", text, advice };
}

/** Returns the finding of what breaks serving. */
export function problem(check: string, text: string, advice: string): Finding {
  return { check, status: "problem", text, advice };
}
