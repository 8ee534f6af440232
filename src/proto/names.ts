/**
 * Names for protobuf: the identifiers that its style guide wants, made of any text.
 * @module
 */

/** Returns the words of a text in lower case; letters beyond ASCII become their code points. */
function wordsOf(text: string): readonly string[] {
  const latin = text.normalize("NFKD").replace(/\p{Mark}+/gu, "");
  const spelt = latin.replace(/[^\p{ASCII}]/gu, (one) => {
    const isLetter = /[\p{L}\p{N}]/u.test(one);
    return isLetter ? ` u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, "0")} ` : " ";
  });
  const words = spelt
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .match(/[a-z\d]+/g);
  return words ?? [];
}

/**
 * Returns the name of a field: `lower_snake_case`, with a letter first.
 *
 * @example
 * snakeCase("HTTPStatus") // "http_status"
 * snakeCase("温度") // "u6e29_u5ea6"
 */
export function snakeCase(text: string): string {
  const words = wordsOf(text);
  const [first = ""] = words;
  if (first === "") return "unnamed";
  return (/^\d/.test(first) ? ["n", ...words] : words).join("_");
}

/** Returns the name of a message or of an rpc: `PascalCase`. */
export function pascalCase(text: string): string {
  return snakeCase(text).replace(/(?:^|_)([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

/** Returns the name of an enum's value: `UPPER_SNAKE_CASE`. */
export function upperCase(text: string): string {
  return snakeCase(text).toUpperCase();
}

/** The names in a scope, each of which is there once. */
export class Names {
  readonly #taken = new Set<string>();

  /** Takes names that are never given to others. */
  constructor(reserved: Iterable<string> = []) {
    for (const name of reserved) this.#taken.add(keyOf(name));
  }

  /**
   * Returns a name that is free: the one that is asked for, or with a number behind it.
   *
   * @param joint what stands between the name and the number
   */
  take(name: string, joint = ""): string {
    let free = name;
    for (let count = 2; this.#taken.has(keyOf(free)); count += 1) free = `${name}${joint}${count}`;
    this.#taken.add(keyOf(free));
    return free;
  }
}

/** Names that differ by case or underscores alone are the same in JSON or in some language. */
function keyOf(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
