/** The options that the documentation lists in tables, and those that there are. */
import { readFileSync } from "node:fs";
import { parseConfig } from "../../src/config/config.ts";
import { messageOf } from "../../src/error.ts";
import { root } from "../support/runtimes.ts";

/** A table of a page. */
export interface Table {
  /** The heading above it. */
  readonly section: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a page, in their order. */
export function tablesIn(page: string): readonly Table[] {
  const found: { section: string; header: readonly string[]; rows: (readonly string[])[] }[] = [];
  let section = "";
  let isTable = false;
  for (const line of readFileSync(new URL(page, root), "utf8").split("\n")) {
    section = /^#+ (.*)/.exec(line)?.[1] ?? section;
    if (!line.startsWith("|")) isTable = false;
    else if (!isTable) {
      found.push({ section, header: cellsOf(line), rows: [] });
      isTable = true;
    } else if (!/^\|[-|]+$/.test(line)) found.at(-1)?.rows.push(cellsOf(line));
  }
  return found;
}

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, line.lastIndexOf("|"))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** The cells of the columns of a name, over all tables of a page that have one. */
export function column(page: string, name: string): readonly string[] {
  return tablesIn(page).flatMap(({ header, rows }) => {
    const at = header.indexOf(name);
    return at < 0 ? [] : rows.map((row) => row[at] ?? "").filter((cell) => cell !== "");
  });
}

/** The pieces of code in a text. */
export function codeIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** The flags that the help of a command lists. */
export function flagsIn(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}(-\w, )?(--[\w-]+)/gm)].flatMap(([, short, long = ""]) =>
    short === undefined ? [long] : [short.replace(", ", ""), long],
  );
}

/** The flags of a help, each with the environment variable that it names. */
export function variablesIn(help: string): ReadonlyMap<string, string | undefined> {
  const text = help.replace(/\n {3,}/g, " ");
  return new Map(
    [...text.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)(.*)$/gm)].map(([, flag = "", rest = ""]) => [
      flag,
      /\benv: (\w+)\)/.exec(rest)?.[1],
    ]),
  );
}

/** A key that is not one, and near to none. */
const NO_KEY = "zzzzzzzzzzzzzzzzzzzz";

/** The keys of the configuration file below a key, dotted: those that an error lists. */
export function configKeys(path: string): readonly string[] {
  const error = errorOf(path.split(".").reduceRight(nest, { [NO_KEY]: 1 }));
  const listed = /it may have (.*)$/s.exec(error)?.[1];
  if (listed === undefined) return [path];
  return listed.split(", ").flatMap((key) => configKeys(`${path}.${key}`));
}

function nest(inside: unknown, key: string): Record<string, unknown> {
  return { [key]: inside };
}

function errorOf(configuration: unknown): string {
  try {
    parseConfig({ file: { name: "a file", text: JSON.stringify(configuration) } });
  } catch (error) {
    return messageOf(error);
  }
  throw new Error(`${JSON.stringify(configuration)} was taken`);
}
