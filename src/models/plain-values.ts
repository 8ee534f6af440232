/**
 * Values of JSON and YAML from elsewhere, whose types are not known.
 * @module
 */

/** Returns true for an object that is not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns an object that is not a list; `undefined` for anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

/** Returns the values of an object as texts. */
export function textsOf(value: unknown): Record<string, string> {
  const entries = Object.entries(recordOf(value) ?? {});
  return Object.fromEntries(entries.map(([key, each]) => [key, String(each)]));
}

/** Returns a text; `undefined` for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
