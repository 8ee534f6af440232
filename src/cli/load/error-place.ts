/**
 * The place of an error in code that is loaded: each runtime tells it in another way.
 * @module
 */

import { readFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

/** A place in a file; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column?: number | undefined;
}

/** A file as runtimes write it, and a line in it. */
const FILE = String.raw`((?:file:\/\/)?\/[^\s:()]+|(?:file:\/\/\/)?[A-Za-z]:[\\/][^\s:()]+)`;
/** Node writes the place of a syntax error above the line itself and its marks, if it has any. */
const ABOVE = new RegExp(String.raw`^${FILE}:(\d+)\n([\s\S]*?)\n(?:(\s*)\^+|\n)`);
const INLINE = new RegExp(String.raw`${FILE}:(\d+):(\d+)`, "g");

/** Returns the place of an error: that of a syntax error, or where code has thrown it. */
export function placeOf(error: unknown): Place | undefined {
  return fromBun(error) ?? fromText(textsOf(error)) ?? fromImport(error);
}

/** Finds an import that leads nowhere in the file that has it: Bun and Node tell no line. */
function fromImport(error: unknown): Place | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, module = "", file = ""] =
    /'([^']+)' imported from (\/\S+|[A-Za-z]:\\\S+)$/.exec(error.message) ?? [];
  const name = module.slice(module.lastIndexOf("/") + 1);
  const lines = file === "" ? [] : linesOf(file);
  const at = lines.findIndex((line) => /\b(from|import|require)\b/.test(line) && has(line, name));
  return at < 0 ? undefined : { file, line: at + 1, column: (lines[at] ?? "").indexOf(name) + 1 };
}

/** Returns true for a line in which a name ends a text. */
function has(line: string, name: string): boolean {
  return [`${name}"`, `${name}'`, `${name}/`].some((end) => line.includes(end));
}

/** Reads the properties of Bun's errors of its parser. */
function fromBun(error: unknown): Place | undefined {
  const { position } = (error ?? {}) as { readonly position?: Partial<Place> | null };
  if (typeof position?.file !== "string" || typeof position.line !== "number") return undefined;
  const { file, line, column } = position;
  return { file, line, column };
}

function textsOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  return [error.stack ?? "", error.message].map((text) =>
    stripVTControlCharacters(text).replace(/^.*\bnode:.*$/gm, ""),
  );
}

function fromText(texts: readonly string[]): Place | undefined {
  for (const text of texts) {
    const [, name = "", line = "", , indent] = ABOVE.exec(text) ?? [];
    // There are no marks below an error at the end of the file.
    const column = indent === undefined ? undefined : indent.length + 1;
    if (name !== "") return { file: pathOf(name), line: Number(line), column };
    for (const [, file = "", row = "", column = ""] of text.matchAll(INLINE)) {
      const path = pathOf(file);
      if (isOfUser(path)) return { file: path, line: Number(row), column: Number(column) };
    }
  }
  return undefined;
}

/** The folder of this program's own code. */
const OWN_CODE = fileURLToPath(new URL("../../", import.meta.url));

function isOfUser(path: string): boolean {
  return !path.includes("node_modules") && !path.startsWith(OWN_CODE);
}

function pathOf(name: string): string {
  return name.startsWith("file:") ? fileURLToPath(name) : name;
}

/** The errors whose callers may be of interest; others are thrown on purpose. */
const MISTAKES: readonly string[] = ["TypeError", "ReferenceError", "RangeError"];

/** Returns the lines of a stack after the first that are of the user's own code. */
export function callersOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || !MISTAKES.includes(error.name)) return [];
  const lines = stripVTControlCharacters(error.stack ?? "").split("\n");
  const own = lines.filter((line) => {
    const [, file] = [...line.matchAll(INLINE)][0] ?? [];
    return (
      /^\s+at (?!async |.*\b(?:node|ext):)/.test(line) &&
      file !== undefined &&
      isOfUser(pathOf(file))
    );
  });
  return own.slice(1, 1 + MAX_CALLERS).map((line) => `  ${line.trim()}`);
}

/** The most lines of a stack that are shown. */
const MAX_CALLERS = 5;

/** Returns a place, and its line with a mark below the column. */
export function excerptOf({ file, line, column }: Place): string {
  const near = relative(process.cwd(), file);
  const at = [near.startsWith("..") ? file : near, line, column].filter(Boolean).join(":");
  const text = lineOf(file, line);
  if (text === undefined) return `  in ${at}`;
  const start = `  ${line} | `;
  // Tabs as they are, so that the mark is below its character.
  const before = text.slice(0, (column ?? 1) - 1).replace(/[^\t]/g, " ");
  const mark = column === undefined ? "" : `\n${" ".repeat(start.length)}${before}^`;
  return `  in ${at}\n${start}${text}${mark}`;
}

/** The most characters of a line that are shown. */
const MAX_LENGTH = 160;

function lineOf(file: string, line: number): string | undefined {
  const text = linesOf(file)[line - 1];
  return text === undefined || text.length > MAX_LENGTH ? undefined : text;
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch {
    return [];
  }
}
