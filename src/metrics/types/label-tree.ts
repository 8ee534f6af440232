/**
 * LabelTree: a map by the values of several labels. It makes no key of them: a string of several
 * values would have to be built at each look-up, and could be ambiguous.
 * @module
 */

/** A level for each label but the last, whose values lead to the leaves. */
export class LabelTree<T> {
  readonly #branches = new Map<string, LabelTree<T>>();
  readonly #leaves = new Map<string, T>();

  /** Returns the leaf of these values. */
  get(values: readonly string[]): T | undefined {
    let tree: LabelTree<T> | undefined = this;
    const last = values.length - 1;
    for (let at = 0; at < last; at += 1) {
      tree = tree.#branches.get(values[at] ?? "");
      if (tree === undefined) return undefined;
    }
    return tree.#leaves.get(values[last] ?? "");
  }

  /** Sets the leaf of these values. All values of one tree must be of the same number. */
  set(values: readonly string[], leaf: T): void {
    const [value = "", ...rest] = values;
    if (rest.length === 0) {
      this.#leaves.set(value, leaf);
      return;
    }
    let branch = this.#branches.get(value);
    if (branch === undefined) {
      branch = new LabelTree();
      this.#branches.set(value, branch);
    }
    branch.set(rest, leaf);
  }

  /** Removes the leaf of these values, and the branches that are empty without it. */
  delete(values: readonly string[]): void {
    const [value = "", ...rest] = values;
    if (rest.length === 0) {
      this.#leaves.delete(value);
      return;
    }
    const branch = this.#branches.get(value);
    if (branch === undefined) return;
    branch.delete(rest);
    if (branch.#isEmpty) this.#branches.delete(value);
  }

  get #isEmpty(): boolean {
    return this.#branches.size + this.#leaves.size === 0;
  }
}
