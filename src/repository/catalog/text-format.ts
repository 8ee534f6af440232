/**
 * The text format of protobuf messages, in which Triton's `config.pbtxt` is written. The fields of
 * a message are read without its schema.
 *
 * Source of the format: https://protobuf.dev/reference/protobuf/textformat-spec/
 * @module
 */

import { shown } from "../../config/mapping.ts";
import { type Token, tokensOf } from "./text-tokens.ts";

/** A word without quotes: the name of an enum's value, `true`, `false`. */
export class Word {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** The values of the fields of a message, in their order; a list counts as its values. */
export type TextMessage = ReadonlyMap<string, readonly TextValue[]>;

/** A value of a field. */
export type TextValue = string | number | Word | TextMessage;

/** The longest text, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 262_144;

/** The most levels of nesting. */
const MAX_DEPTH = 32;

const FLOAT = /(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[fF]?/;
const NUMBER = new RegExp(`^(?:0x[0-9a-f]+|0[0-7]+|${FLOAT.source}|inf(?:inity)?|nan)$`, "i");

/**
 * Parses a message.
 *
 * @throws Error with the line of what is wrong
 */
export function parseTextFormat(text: string): TextMessage {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new Error(`It must be at most ${MAX_TEXT_LENGTH} characters, but is longer`);
  }
  return new Parser(tokensOf(text)).message(undefined, 0);
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** @param end the token that ends the message; undefined for the end of the text */
  message(end: string | undefined, depth: number): TextMessage {
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels of nesting`);
    const fields = new Map<string, TextValue[]>();
    while (!this.#takes(end)) {
      const name = this.#next("the name of a field");
      if (name.kind !== "word" || !/^[A-Za-z_]/.test(name.text)) {
        this.#at--;
        this.#fail(end === undefined ? "the name of a field" : `the name of a field or "${end}"`);
      }
      const hasColon = this.#takes(":");
      const values = fields.get(name.text) ?? [];
      if (this.#takes("[")) values.push(...this.#list(depth));
      else values.push(this.#value(depth, hasColon));
      fields.set(name.text, values);
      if (!this.#takes(",")) this.#takes(";");
    }
    return fields;
  }

  #list(depth: number): readonly TextValue[] {
    const values: TextValue[] = [];
    if (this.#takes("]")) return values;
    do values.push(this.#value(depth, true));
    while (this.#takes(","));
    if (!this.#takes("]")) this.#fail('"," or "]"');
    return values;
  }

  #value(depth: number, hasColon: boolean): TextValue {
    if (this.#takes("{")) return this.message("}", depth + 1);
    if (this.#takes("<")) return this.message(">", depth + 1);
    if (!hasColon) this.#fail('":" or "{"');
    const sign = this.#takes("-") ? -1 : 1;
    const { kind, text } = this.#next("a value");
    if (kind === "text" && sign === 1) return this.#joined(text);
    if (kind === "word" && NUMBER.test(text)) return sign * numberOf(text);
    if (kind === "word" && sign === 1 && /^[A-Za-z_]/.test(text)) return new Word(text);
    this.#at--;
    return this.#fail(sign === 1 ? "a value" : "a number");
  }

  /** Joins a string to those that follow it, as in C. */
  #joined(first: string): string {
    let text = first;
    for (let next = this.#tokens[this.#at]; next?.kind === "text"; ) {
      text += next.text;
      next = this.#tokens[++this.#at];
    }
    return text;
  }

  #next(wanted: string): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) return this.#fail(wanted);
    this.#at++;
    return token;
  }

  /** Skips a sign, if it is next; `undefined` stands for the end of the text. */
  #takes(sign: string | undefined): boolean {
    const token = this.#tokens[this.#at];
    if (sign === undefined) return token === undefined;
    if (token?.kind !== "sign" || token.text !== sign) return false;
    this.#at++;
    return true;
  }

  #fail(wanted: string): never {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error(`It ends where ${wanted} was expected`);
    throw new Error(`Line ${token.line}: expected ${wanted}, but found ${shown(token.text)}`);
  }
}

function numberOf(text: string): number {
  if (/^inf/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^0x/i.test(text)) return Number(text);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return Number(text.replace(/f$/i, ""));
}
