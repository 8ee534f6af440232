/**
 * JsonContent: JSON in the place of a `google.protobuf.Value`.
 * @module
 */

/** A value that has been read from its bytes. It is JSON: without NaN and Infinity. */
export class JsonContent {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}
