/**
 * Reads protobuf's wire format field by field, without a schema and without copies: only a few
 * names are needed of a model, which may have gigabytes.
 * @module
 */

/** One field of a message. */
export interface Field {
  readonly number: number;
  /** The content of a string, of bytes, or of a message; empty for numbers. */
  readonly bytes: Uint8Array;
  /** The value of a varint; 0 for anything else. */
  readonly value: number;
}

const NOTHING = new Uint8Array(0);
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/**
 * Yields the fields of a message, in their order.
 *
 * @throws RangeError if the bytes are not a message
 */
export function* fieldsOf(message: Uint8Array): Generator<Field, void, undefined> {
  const reader = new Reader(message);
  while (reader.hasMore) {
    const tag = reader.varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        yield { number, bytes: NOTHING, value: reader.varint() };
        break;
      case LENGTH_DELIMITED:
        yield { number, bytes: reader.take(reader.varint()), value: 0 };
        break;
      case FIXED64:
        reader.take(8);
        break;
      case FIXED32:
        reader.take(4);
        break;
      default:
        throw new RangeError(`A field cannot have the wire type ${tag % 8}`);
    }
  }
}

/** Decodes the text of a field. */
export function textOf({ bytes }: Field): string {
  return new TextDecoder().decode(bytes);
}

/** Returns the last field of a number: protobuf's rule for fields that are not repeated. */
export function fieldIn({ bytes }: Field, number: number): Field | undefined {
  let last: Field | undefined;
  for (const field of fieldsOf(bytes)) if (field.number === number) last = field;
  return last;
}

/** Decodes the text of a field of a message; empty without one. */
export function textIn(message: Field, number: number): string {
  const field = fieldIn(message, number);
  return field === undefined ? "" : textOf(field);
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  /** Reads a varint: exact up to 2^53, which no tag, length or enumeration exceeds. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new RangeError("The message ends within a number");
      this.#at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("A number is longer than ten bytes");
  }

  /** Returns a view of the next bytes. */
  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("The message ends within a field");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
