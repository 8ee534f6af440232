/**
 * Expanded: a text that variables had a part in, when YAML would make something else of it.
 * @module
 */

/**
 * Where a text is wanted, it is that text, whatever is in it: a password may be made of digits, or
 * have ` #` in it. Anywhere else it is what YAML reads: `port: "${PORT}"` is a number.
 */
export class Expanded {
  readonly text: string;
  /** What it would be as a value in a file: a number, a truth value, null, or another text. */
  readonly scalar: unknown;

  constructor(text: string, scalar: unknown) {
    this.text = text;
    this.scalar = scalar;
  }

  /** As messages show it. */
  toJSON(): unknown {
    return this.scalar;
  }
}
