/**
 * RefusedPages: says in the log which web pages were refused. A browser tells its page no reason,
 * and who writes a front end looks there.
 * @module
 */

/** The most origins that are named, each once: whoever calls chooses them. */
const MAX_ORIGINS = 10;
const MAX_LENGTH = 200;

/** The refused pages of a server. */
export class RefusedPages {
  readonly #warn: ((text: string) => void) | undefined;
  readonly #origins = new Set<string>();

  /** @param warn writes a line; undefined for none */
  constructor(warn: ((text: string) => void) | undefined) {
    this.#warn = warn;
  }

  /** Names the origin of a page that was refused, unless it has been named. */
  add(origin: string | null | undefined): void {
    if (this.#warn === undefined || !origin) return;
    const shown = JSON.stringify(origin.slice(0, MAX_LENGTH));
    if (this.#origins.size >= MAX_ORIGINS || this.#origins.has(shown)) return;
    this.#origins.add(shown);
    this.#warn(
      `A web page of ${shown} was refused; to allow its calls: --cors-origin, or the option cors`,
    );
  }
}
