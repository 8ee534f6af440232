/**
 * OpenPaths: the paths that need no key.
 * @module
 */

/** The paths of an option: `/about`, or `/site/*` for all below `/site`. */
export class OpenPaths {
  readonly #exact: ReadonlySet<string>;
  readonly #parents: readonly string[];

  /** @throws TypeError for what is not a path */
  constructor(paths: readonly string[]) {
    const wrong = paths.find((path) => !/^\/[^*]*(?:\/\*)?$|^\/\*$/.test(path));
    if (wrong !== undefined) {
      const text = `"openPaths" must be paths such as /about or /site/*, but one was`;
      throw new TypeError(`${text} ${JSON.stringify(wrong)}`);
    }
    this.#exact = new Set(paths.map((path) => path.replace(/(?<=.)\/\*$/, "")));
    this.#parents = paths.filter((path) => path.endsWith("/*")).map((path) => path.slice(0, -1));
  }

  has(path: string): boolean {
    return this.#exact.has(path) || this.#parents.some((parent) => path.startsWith(parent));
  }
}
