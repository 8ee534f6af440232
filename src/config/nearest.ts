/**
 * Nearest: the known word that a misspelt one was meant to be.
 * @module
 */

/** Longer words are not compared: the time grows with the product of both lengths. */
const MAX_LENGTH = 64;

/**
 * The end of a message about an unknown word: the known one nearest to it, or, where none is near,
 * what there is.
 *
 * @param otherwise introduces the list of known words, such as `it may have`
 */
export function suggestion(word: string, known: readonly string[], otherwise: string): string {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return `${otherwise} ${known.length === 0 ? "none" : known.join(", ")}`;
}

/** The known word that fewest edits make of `word`; none where that would be most of it. */
function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
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
