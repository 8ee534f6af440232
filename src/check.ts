/**
 * Checks of names, counts and options that users write.
 * @module
 */

const NAME = /^[a-z0-9](?:[-._a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Checks a name by BentoML's rule for tags: 1 to 63 of `a-z 0-9 - . _`, with a letter or digit at
 * both ends. BentoML converts names to lower case; here a name is used unchanged or refused, so
 * that labels of metrics equal the names in the code.
 *
 * @param what the kind of the named thing, for the message: `service`, `runner`
 * @throws TypeError for any other name
 */
export function checkName(what: string, name: unknown): string {
  if (typeof name === "string" && NAME.test(name)) return name;
  throw new TypeError(
    `Cannot name a ${what} ${JSON.stringify(name)}: a name is 1 to 63 of a-z, 0-9, "-", "." ` +
      'and "_", with a letter or digit at both ends',
  );
}

/**
 * Checks an option that must be a whole number.
 *
 * @throws RangeError for anything but a whole number of at least `least`
 */
export function checkCount(option: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`"${option}" must be a whole number from ${least} up, but was ${value}`);
}

/**
 * Checks an option that must be one of some values.
 *
 * @throws TypeError for any other, but not for `undefined`
 */
export function checkChoice(option: string, value: unknown, known: readonly unknown[]): void {
  if (value === undefined || known.includes(value)) return;
  const list = known.map((each) => JSON.stringify(each)).join(", ");
  const given = `but was ${JSON.stringify(value)}${nearChoice(value, known)}`;
  throw new TypeError(`"${option}" must be one of ${list}, ${given}`);
}

/**
 * Checks the keys of an options object, so that a misspelt one is not ignored silently.
 *
 * @param action the beginning of the message, for example `Cannot define counter "x"`
 * @param hints suggestions by wrong key, instead of the nearest key
 * @throws TypeError for options that are not an object, and for an unknown key
 */
export function checkOptions(
  action: string,
  options: unknown,
  known: readonly string[],
  hints: Readonly<Record<string, string>> = {},
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${action}: the options must be an object, not ${options}`);
  }
  const wrong = Object.keys(options).find((key) => !known.includes(key));
  if (wrong === undefined) return;
  const hint = Object.hasOwn(hints, wrong) ? hints[wrong] : suggestion(wrong, known, "it may have");
  throw new TypeError(`${action} with the option "${wrong}": ${hint}`);
}

/** Returns the first name that occurs a second time. */
export function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

/**
 * Checks that no name occurs twice.
 *
 * @param message makes the message about a name that does
 * @throws TypeError for such a name
 */
export function requireUnique(names: readonly string[], message: (name: string) => string): void {
  const name = repeated(names);
  if (name !== undefined) throw new TypeError(message(name));
}

/** Longer words are not compared: the time grows with the product of both lengths. */
const MAX_LENGTH = 64;

/**
 * Returns the end of a message about an unknown word: the nearest known word or, if none is near,
 * the list of known words.
 *
 * @param otherwise introduces the list of known words, such as `it may have`
 */
export function suggestion(word: string, known: readonly string[], otherwise: string): string {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return `${otherwise} ${known.length === 0 ? "none" : known.join(", ")}`;
}

/** Returns the end of a message that lists the known values: the one nearest to a misspelt word. */
export function nearChoice(value: unknown, known: readonly unknown[]): string {
  if (typeof value !== "string") return "";
  const words = known.filter((each) => typeof each === "string");
  const near = nearest(value, words);
  return near === undefined ? "" : `: did you mean "${near}"?`;
}

/**
 * Returns the known word with the smallest edit distance, whatever its case; none if most letters
 * would change.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const lower = word.toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, edits: editsBetween(lower, candidate.toLowerCase()) }))
    .sort((one, other) => one.edits - other.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= word.length / 2 ? best.candidate : undefined;
}

/** Returns the distance between two words. The beginning of a word, as `warn`, is near to it. */
function editsBetween(word: string, candidate: string): number {
  return word.length > 1 && candidate.startsWith(word) ? 0.5 : editDistance(word, candidate);
}

/** Returns the Levenshtein distance: inserted, removed and replaced characters. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
