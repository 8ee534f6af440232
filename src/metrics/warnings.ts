/**
 * Warnings: each is told once, to one listener; those from before it listens are kept until then.
 * @module
 */

/** How many different warnings there may be; what comes on top is lost. */
const MAX_WARNINGS = 1000;

/** Tells what went wrong. */
export class Warnings {
  readonly #told = new Set<string>();
  #waiting: string[] = [];
  #listener: ((text: string) => void) | undefined;

  /** Tells a warning, unless it was told before. */
  warn(text: string): void {
    if (this.#told.has(text) || this.#told.size >= MAX_WARNINGS) return;
    this.#told.add(text);
    if (this.#listener === undefined) this.#waiting.push(text);
    else this.#listener(text);
  }

  /** Has the warnings so far and from now on told to a function, unless another is told already. */
  listen(listener: (text: string) => void): void {
    if (this.#listener !== undefined) return;
    this.#listener = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const text of waiting) listener(text);
  }
}
