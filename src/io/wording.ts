/**
 * Paths, values and names in the messages of descriptors.
 * @module
 */

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const MAX_STRING_LENGTH = 60;
const MAX_NAME_LENGTH = 100;

/** Control and format characters, except the joiners that some scripts need. */
const UNPRINTABLE = /(?![\u200c\u200d])[\p{C}\u2028\u2029]/gu;

/** Formats a path as JavaScript code: `scores[3].label`, `["first name"]`; `""` at the root. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (typeof key === "string" && IDENTIFIER.test(key))
      text += `${text && "."}${excerpt(key)}`;
    else text += `[${typeof key === "string" ? quote(key) : String(key)}]`;
  }
  return text;
}

/** Describes a value in a few words: an excerpt of a string or number, the length of an array. */
export function describe(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint") return excerpt(`${value}n`);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

/** Lists the first ten names in quotes: a caller may have sent any number of them. */
export function listNames(names: readonly string[]): string {
  if (names.length === 0) return "none";
  // Not `map(quote)`: that takes a second argument, the length.
  const listed = names.slice(0, 10).map((name) => quote(name));
  const rest = names.length > 10 ? `, and ${names.length - 10} more` : "";
  return listed.join(", ") + rest;
}

/** Returns an excerpt of a string in quotes, with unprintable characters escaped. */
export function quote(text: string, length: number = MAX_STRING_LENGTH): string {
  return printable(JSON.stringify(shortened(text, length)));
}

/**
 * Returns an excerpt of a caller's text for a message: its first `length` characters, with
 * unprintable ones escaped, since a log or a terminal might interpret them.
 */
export function excerpt(text: string, length: number = MAX_NAME_LENGTH): string {
  return printable(shortened(text, length));
}

function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  // Without half a surrogate pair at the end.
  return `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…`;
}

function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
