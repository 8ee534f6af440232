/**
 * keepNumbers(): gives fields the numbers that they had in an earlier file, so that clients of that
 * file can still read them.
 * @module
 */

import {
  type EnumType,
  type EnumValue,
  type Field,
  type MessageType,
  nextNumber,
} from "./types.ts";

/** A field or a value of an earlier file. */
interface Earlier {
  readonly number: number;
  /** The type as it is written; none for a value. */
  readonly type: string;
}

/** A message or an enum of an earlier file. */
interface EarlierType {
  readonly members: Map<string, Earlier>;
  readonly reserved: Set<number>;
  readonly reservedNames: Set<string>;
}

interface Kept {
  readonly messages: readonly MessageType[];
  readonly enums: readonly EnumType[];
}

/**
 * Gives fields, and the values of enums, their numbers of an earlier file. New ones get numbers
 * that none ever had. The names and numbers of those that are gone are reserved. A field of another
 * type is a new one.
 */
export function keepNumbers({ messages, enums }: Kept, earlier: string): void {
  const types = readTypes(earlier);
  for (const message of messages) {
    const known = types.get(message.name);
    if (known !== undefined) renumber(message, message.fields, known);
  }
  for (const one of enums) {
    const known = types.get(one.name);
    if (known === undefined) continue;
    known.members.delete(one.zero);
    renumber(one, one.values, known);
  }
}

function renumber(
  type: MessageType | EnumType,
  members: readonly (Field | EnumValue)[],
  { members: known, reserved, reservedNames }: EarlierType,
): void {
  const taken = new Set([...known.values()].map(({ number }) => number).concat([...reserved]));
  const kept = new Set<number>();
  let last = Math.max(0, ...[...taken].filter((number) => number < FAR));
  for (const member of members) {
    const before = known.get(member.name);
    if (before !== undefined && isSame(member, before.type)) member.number = before.number;
    else if (member.number < FAR || taken.has(member.number)) {
      last = nextNumber(last);
      member.number = last;
    }
    kept.add(member.number);
  }
  const names = new Set(members.map(({ name }) => name));
  for (const [name, { number }] of known) {
    if (!kept.has(number)) type.reserved.push({ name: names.has(name) ? "" : name, number });
  }
  const gone = [...reservedNames].filter((name) => !names.has(name));
  for (const number of reserved) {
    type.reserved.push({ name: gone.shift() ?? "", number });
  }
  type.reserved.sort((a, b) => a.number - b.number);
}

/** The numbers of fields for everything else are far from those of others. */
const FAR = 10_000;

/** The types with the same form in messages. */
const VARINTS = new Set(["bool", "int32", "int64", "uint32", "uint64"]);

function isSame(member: Field | EnumValue, before: string): boolean {
  if (!("type" in member)) return true;
  const type = typeText(member);
  return type === before || (VARINTS.has(type) && VARINTS.has(before));
}

/** Returns the type of a field as it is written, without `optional`. */
export function typeText({ type, label }: Field): string {
  const name = typeof type === "string" ? type : type.name;
  if (label === "map") return `map<string, ${name}>`;
  return label === "list" ? `repeated ${name}` : name;
}

const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"|[\w.]+|[^\s\w]/g;

/** Reads the messages and enums of a file, whose fields end with `;`. */
function readTypes(text: string): ReadonlyMap<string, EarlierType> {
  const types = new Map<string, EarlierType>();
  const open: (EarlierType | undefined)[] = [];
  let statement: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    if (token.startsWith("//") || token.startsWith("/*")) continue;
    if (token === "{") {
      const [keyword = "", name = ""] = statement;
      const made = { members: new Map(), reserved: new Set<number>(), reservedNames: new Set("") };
      const isType = keyword === "message" || keyword === "enum";
      if (isType) types.set(name, made);
      // A oneof is a part of its message.
      open.push(isType ? made : open.at(-1));
      statement = [];
    } else if (token === "}") {
      open.pop();
      statement = [];
    } else if (token === ";") {
      const type = open.at(-1);
      if (type !== undefined) readMember(statement, type);
      statement = [];
    } else statement.push(token);
  }
  return types;
}

function readMember(tokens: readonly string[], type: EarlierType): void {
  if (tokens[0] === "reserved") {
    for (const token of tokens.slice(1)) {
      if (/^\d+$/.test(token)) type.reserved.add(Number(token));
      if (token.startsWith('"')) type.reservedNames.add(token.slice(1, -1));
    }
    return;
  }
  const at = tokens.indexOf("=");
  const name = tokens[at - 1];
  const number = Number(tokens[at + 1]);
  if (at < 1 || name === undefined || !Number.isSafeInteger(number)) return;
  const words = tokens.slice(0, at - 1).filter((word) => word !== "optional");
  const text = words.join(" ").replace("map < string , ", "map<string, ").replace(" >", ">");
  type.members.set(name, { number, type: text.replace(/(^|[ ])\. ?/, "$1") });
}
