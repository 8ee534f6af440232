/**
 * How the descriptors name a place and a value in what they say to a caller.
 * @module
 */

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const MAX_STRING_LENGTH = 60;
const MAX_NAME_LENGTH = 100;

/** Control and format characters, except the joiners that some scripts need. */
const UNPRINTABLE = /(?![\u200c\u200d])[\p{C}\u2028\u2029]/gu;

/** A path as it is written in JavaScript: `scores[3].label`, `["first name"]`; `""` at the root. */
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

/** A value in a few words: short ones as they are, long ones cut, arrays by their length. */
export function describe(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint") return excerpt(`${value}n`);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

/** Names in quotes, joined by commas; the first ten, for a caller may have sent any number. */
export function listNames(names: readonly string[]): string {
  if (names.length === 0) return "none";
  // Not `map(quote)`: that takes a second argument, the length.
  const listed = names.slice(0, 10).map((name) => quote(name));
  const rest = names.length > 10 ? `, and ${names.length - 10} more` : "";
  return listed.join(", ") + rest;
}

/** A string in quotes, cut where it is long, with nothing unprintable. */
export function quote(text: string, length: number = MAX_STRING_LENGTH): string {
  return printable(JSON.stringify(shortened(text, length)));
}

/**
 * Makes text that a caller sent fit for a message: cuts it to `length`, and escapes unprintable
 * characters, which a log or a terminal might interpret.
 */
export function excerpt(text: string, length: number = MAX_NAME_LENGTH): string {
  return printable(shortened(text, length));
}

function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  // No surrogate pair is cut in half.
  return `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…`;
}

function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
