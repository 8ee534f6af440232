/**
 * MessageBound: bounds what a message is made of. A parser makes an object of each nested message,
 * string or unknown field, which takes far more time and memory than its two bytes: a message of a
 * few megabytes could block the event loop for seconds. Its parts are counted before it is parsed.
 * @module
 */

import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";

/** The units that any message may have, beside one for every two of its bytes. */
const FREE_UNITS = 128 * 1024;

/** The most units, as a part of the largest message: 4 million for one of 20 MiB. */
const UNITS_PER_BYTE = 1 / 5;

/** Parsers refuse messages that are nested more deeply. */
const MAX_DEPTH = 100;

/** The units of an element of a list, such as a string. */
const ELEMENT = 1;
/** The units of an unknown field, which is kept. */
const UNKNOWN = 2;
/** The units of a message without lists. Each list of it is another unit. */
const MESSAGE = 2;
/** The units of a number in a list of JSON. */
const JSON_NUMBER = 1 / 8;

/** What the fields of a type of messages cost. */
interface Plan {
  /** The units of one message, without its parts. */
  readonly units: number;
  readonly fields: Map<number, FieldPlan>;
}

/** What an occurrence of a field costs: a message, or a number of units. */
type FieldPlan = Plan | number;

/** The bound of the messages of one type. */
export class MessageBound {
  readonly #plan: Plan;
  readonly #maxBytes: number;
  /** The largest units of a type, and those of a comma that a number follows in JSON. */
  readonly #jsonMessage: number;
  readonly #jsonNumber: number;

  constructor(desc: DescMessage, maxBytes: number) {
    const plans = new Map<DescMessage, Plan>();
    this.#plan = planOf(desc, plans);
    this.#maxBytes = maxBytes;
    this.#jsonMessage = Math.max(...[...plans.values()].map(({ units }) => units));
    // Each number of a `google.protobuf.Value` is a message of its own.
    const hasValues = [...plans.keys()].some(({ typeName }) => typeName === VALUE);
    this.#jsonNumber = hasValues ? ELEMENT : JSON_NUMBER;
  }

  /**
   * Counts the parts of a message in protobuf, up to the first malformed byte.
   *
   * @throws ConnectError `resource_exhausted` for too many
   */
  checkBinary(bytes: Uint8Array): void {
    if (this.#isSmall(bytes)) return;
    new Count(bytes, this.#unitsFor(bytes)).message(this.#plan, 0, bytes.length, 1);
  }

  /** Counts the parts of a message in JSON. @throws ConnectError as `checkBinary()` */
  checkJson(bytes: Uint8Array): void {
    if (this.#isSmall(bytes)) return;
    const bound = this.#unitsFor(bytes);
    let units = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) at = endOfString(bytes, at);
      else if (byte === BRACE) units += this.#jsonMessage;
      else if (byte === BRACKET) units += ELEMENT;
      else if (byte === COMMA) units += bytes[at + 1] === QUOTE ? ELEMENT : this.#jsonNumber;
      if (units > bound) throw tooMany(bound);
    }
  }

  #isSmall({ length }: Uint8Array): boolean {
    return (length / 2) * this.#jsonMessage <= FREE_UNITS;
  }

  #unitsFor({ length }: Uint8Array): number {
    const most = Math.max(FREE_UNITS, this.#maxBytes * UNITS_PER_BYTE);
    return Math.floor(Math.min(FREE_UNITS + length / 2, most));
  }
}

const VALUE = "google.protobuf.Value";
const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];

/** Returns the position of the quote that ends a string. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at += 1;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}

function tooMany(bound: number): ConnectError {
  const text =
    `the message has too many parts for its size, over ${bound}: ` +
    "send numbers in packed fields or as bytes, or in several messages";
  return new ConnectError(text, Code.ResourceExhausted);
}

function planOf(desc: DescMessage, plans: Map<DescMessage, Plan>): Plan {
  const known = plans.get(desc);
  if (known !== undefined) return known;
  const lists = desc.fields.filter(({ fieldKind }) => fieldKind === "list" || fieldKind === "map");
  const plan: Plan = { units: MESSAGE + lists.length, fields: new Map() };
  plans.set(desc, plan); // before its fields, which may be of its own type
  for (const field of desc.fields) plan.fields.set(field.number, fieldPlanOf(field, plans));
  return plan;
}

function fieldPlanOf(field: DescField, plans: Map<DescMessage, Plan>): FieldPlan {
  switch (field.fieldKind) {
    case "message":
      return planOf(field.message, plans);
    case "map": {
      const fields = new Map<number, FieldPlan>([[1, 0]]);
      fields.set(2, field.mapKind === "message" ? planOf(field.message, plans) : 0);
      return { units: ELEMENT, fields };
    }
    case "list": {
      if (field.listKind === "message") return planOf(field.message, plans);
      if (field.listKind === "enum") return 0;
      return field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES ? ELEMENT : 0;
    }
    default:
      return 0;
  }
}

/** The count of one message. */
class Count {
  // Not `#`: Bun reads such fields several times slower in loops.
  private readonly bytes: Uint8Array;
  private readonly bound: number;
  private units = 0;
  private at = 0;

  constructor(bytes: Uint8Array, bound: number) {
    this.bytes = bytes;
    this.bound = bound;
  }

  /** Counts a message. Returns false at malformed bytes: the parser finds the error. */
  message(plan: Plan, start: number, end: number, depth: number): boolean {
    this.add(plan.units);
    this.at = start;
    while (this.at < end) {
      const tag = this.varint(end);
      if (tag < 8) return false;
      const field = plan.fields.get(tag >>> 3) ?? UNKNOWN;
      const wireType = tag & 7;
      if (wireType === 2) {
        const partEnd = this.varint(end) + this.at;
        if (!(partEnd <= end)) return false;
        if (typeof field === "number") this.add(field);
        else if (depth >= MAX_DEPTH) return false;
        else if (!this.message(field, this.at, partEnd, depth + 1)) return false;
        this.at = partEnd;
        continue;
      }
      this.add(typeof field === "number" ? field : UNKNOWN); // a message of that type is malformed
      if (wireType === 0) this.skipVarint(end);
      else if (wireType === 1) this.at += 8;
      else if (wireType === 5) this.at += 4;
      else if (wireType > 5) return false;
    }
    return this.at === end;
  }

  private add(units: number): void {
    this.units += units;
    if (this.units > this.bound) throw tooMany(this.bound);
  }

  /** Reads a tag or a length; NaN for none. */
  private varint(end: number): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      if (this.at >= end) return Number.NaN;
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  }

  private skipVarint(end: number): void {
    while (this.at < end && (this.bytes[this.at++] as number) >= 0x80);
  }
}
