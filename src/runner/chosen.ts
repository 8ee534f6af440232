/**
 * Chosen: a setting with the place that it comes from.
 * @module
 */

/** The code, the configuration of the runner, the options of the start, or none of them. */
export type SettingSource = "code" | "configured" | "start" | "default";

/** A value, and where it comes from. */
export interface Chosen<T> {
  readonly value: T;
  readonly from: SettingSource;
}

/** Returns the first value that is given, or else the default. */
export function chosen<T>(
  choices: readonly (readonly [from: SettingSource, value: T | undefined])[],
  otherwise: T,
): Chosen<T> {
  for (const [from, value] of choices) if (value !== undefined) return { value, from };
  return { value: otherwise, from: "default" };
}
