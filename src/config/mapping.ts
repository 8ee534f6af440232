/**
 * Mappings of a configuration file, and words for what is wrong in them.
 * @module
 */

/** A mapping as it was read. */
export type Mapping = Readonly<Record<string, unknown>>;

/**
 * A value that must be a mapping.
 *
 * @param path where it stands, dotted; empty for the whole file
 * @throws TypeError for anything else
 */
export function asMapping(path: string, value: unknown): Mapping {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Mapping;
  const what = path === "" ? "The file" : `"${path}"`;
  throw new TypeError(`${what} must be a mapping of keys, but was ${JSON.stringify(value)}`);
}

/**
 * Checks that a mapping has known keys only.
 *
 * @throws TypeError that names an unknown key and the known one nearest to it
 */
export function rejectUnknown(path: string, mapping: Mapping, known: readonly string[]): void {
  const unknown = Object.keys(mapping).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const at = path === "" ? "" : `${path}.`;
  const near = nearest(unknown, known);
  const hint = near === undefined ? `it may have ${known.join(", ")}` : `did you mean "${near}"?`;
  throw new TypeError(`There is no key "${at}${unknown}": ${hint}`);
}

/** The known word that fewest edits make of `word`; none where that would be most of it. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: editDistance(word, candidate) }))
    .sort((one, other) => one.edits - other.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= word.length / 2 ? best.candidate : undefined;
}

/** Levenshtein's distance: inserted, removed and replaced characters. */
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
