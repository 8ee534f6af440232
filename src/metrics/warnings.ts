/**
 * Warnings: each is passed once, to one listener. Earlier ones are kept until it listens.
 * @module
 */

/** The most different warnings. Further ones are dropped. */
const MAX_WARNINGS = 1000;

/** The warnings of one registry. */
export class Warnings {
  readonly #given = new Set<string>();
  #waiting: string[] = [];
  #listener: ((text: string) => void) | undefined;

  /** Gives a warning, unless it was given before. */
  warn(text: string): void {
    if (this.#given.has(text) || this.#given.size >= MAX_WARNINGS) return;
    this.#given.add(text);
    if (this.#listener === undefined) this.#waiting.push(text);
    else this.#listener(text);
  }

  /** Passes all warnings, also earlier ones, to a function, unless there is a listener already. */
  listen(listener: (text: string) => void): void {
    if (this.#listener !== undefined) return;
    this.#listener = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const text of waiting) listener(text);
  }
}
