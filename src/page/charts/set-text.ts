/**
 * setText(): changes a text of the page only where it differs.
 * @module
 */

/** Sets a text, unless it stands there: a screen reader would read it again. */
export function setText(at: Node, text: string): void {
  if (at.textContent !== text) at.textContent = text;
}
