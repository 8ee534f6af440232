/**
 * Expanded: a string with the values of variables that YAML would read as another type.
 * @module
 */

/**
 * It is the string where a string is wanted: a password may consist of digits, or contain ` #`.
 * Elsewhere it is the value that YAML reads: `port: "${PORT}"` is a number.
 */
export class Expanded {
  readonly text: string;
  /** The value that YAML reads: a number, a boolean, null, or another string. */
  readonly scalar: unknown;

  constructor(text: string, scalar: unknown) {
    this.text = text;
    this.scalar = scalar;
  }

  /** The value in messages. */
  toJSON(): unknown {
    return this.scalar;
  }
}
