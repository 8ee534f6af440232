/**
 * The tokens of protobuf's text format.
 * @module
 */

import { shown } from "../../config/mapping.ts";

/** A token: a word or a number, a string without its quotes, or a sign. */
export interface Token {
  readonly kind: "word" | "text" | "sign";
  readonly text: string;
  readonly line: number;
}

const SPACE_OR_COMMENT = /(?:\s|#[^\n]*)+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*|(?:\.?\d)(?:[eE][+-]|[A-Za-z0-9_.])*/y;
/** A string on one line, with escaped quotes inside. */
const TEXT = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/y;
const SIGN = /[{}<>[\]:,;-]/y;

/**
 * Reads the tokens of a text.
 *
 * @throws Error with the line of what is no token
 */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  for (;;) {
    const space = take(SPACE_OR_COMMENT) ?? "";
    line += space.split("\n").length - 1;
    if (at >= text.length) return tokens;
    const word = take(WORD);
    const quoted = word === undefined ? take(TEXT) : undefined;
    const sign = word === undefined && quoted === undefined ? take(SIGN) : undefined;
    if (word !== undefined) tokens.push({ kind: "word", text: word, line });
    else if (quoted !== undefined)
      tokens.push({ kind: "text", text: unquoted(quoted, line), line });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, line });
    else throw new Error(`Line ${line}: ${problemAt(text, at)}`);
  }
}

function problemAt(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === '"' || character === "'") return "a string does not end on its line";
  return `found ${shown(character)}, which means nothing here`;
}

const ESCAPE =
  /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

const LETTERS: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
  ...{ "\\": "\\", "'": "'", '"': '"', "?": "?" },
};

/** Returns the content of a string. Octal and hexadecimal escapes are bytes of UTF-8. */
function unquoted(quoted: string, line: number): string {
  const inner = quoted.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  const add = (text: string): void => {
    for (const byte of encoder.encode(text)) bytes.push(byte);
  };
  let end = 0;
  for (const match of inner.matchAll(ESCAPE)) {
    const [whole, octal, hex, short, long, letter = ""] = match;
    add(inner.slice(end, match.index));
    end = match.index + whole.length;
    const point = short ?? long;
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (point !== undefined) add(characterOf(point, line));
    else if (LETTERS[letter] !== undefined) add(LETTERS[letter]);
    else throw new Error(`Line ${line}: there is no escape ${shown(whole)}`);
  }
  add(inner.slice(end));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch (error) {
    throw new Error(`Line ${line}: a string is not UTF-8`, { cause: error });
  }
}

function characterOf(hex: string, line: number): string {
  const point = Number.parseInt(hex, 16);
  const isCharacter = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  if (isCharacter) return String.fromCodePoint(point);
  throw new Error(`Line ${line}: ${shown(hex)} is not a character of Unicode`);
}
