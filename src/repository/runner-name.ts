/**
 * The names of the runners of models, which the metrics have as a label.
 * @module
 */

/** The longest name of a runner that leaves room for a version. */
const MAX_LENGTH = 50;
/** The longest name of any runner. */
const MAX_RUNNER = 63;

/**
 * Returns a name that a runner or a service may have, of any name: `mnist-cnn` of `MNIST CNN`.
 */
export function runnerName(model: string): string {
  return slugOf(model, MAX_LENGTH) || "model";
}

function slugOf(text: string, maxLength: number): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .slice(0, maxLength)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
}

/** The runners of a repository, each with a name of its own. */
export class RunnerNames {
  /** The owner of each name: a model, or one version of it. */
  readonly #owners = new Map<string, string>();

  /**
   * Returns the name of the runner of a model, the same at each call: `mnist`, or `mnist-2` if
   * another model has that.
   *
   * @param version the version, for a model of which several are served: `mnist.v2`
   */
  of(model: string, version?: string): string {
    const owner = JSON.stringify([model, version]);
    const base = runnerName(model);
    const whole = version === undefined ? base : `${base}.v${slugOf(version, 8) || "x"}`;
    for (let count = 1; ; count++) {
      const name = count === 1 ? whole : `${whole.slice(0, MAX_RUNNER - 5)}-${count}`;
      const known = this.#owners.get(name);
      if (known === undefined) this.#owners.set(name, owner);
      if (known === undefined || known === owner) return name;
    }
  }

  /** Frees the names of a model that is gone. */
  forget(model: string): void {
    for (const [name, owner] of this.#owners) {
      if (JSON.parse(owner)[0] === model) this.#owners.delete(name);
    }
  }
}
