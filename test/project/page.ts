/** The pages of the documentation as blocks of code, and the commands in them. */
import { readdirSync, readFileSync } from "node:fs";
import { root } from "../support/runtimes.ts";

/** A block of code: ```` ```sh ````. */
export interface Block {
  /** The heading above it. */
  readonly section: string;
  readonly language: string;
  readonly lines: readonly string[];
  /** The file that it is, if its first line is a comment with a path. */
  readonly path: string | undefined;
}

/** A command, and the answer that the page shows below it. */
export interface Command {
  readonly section: string;
  /** The line for a shell, without the comment behind it. */
  readonly line: string;
  readonly answer?: Block;
}

/** The paths of all pages for users: README.md, and those in `docs/`. */
export function pages(): readonly string[] {
  const names = readdirSync(new URL("docs/", root)).filter((name) => name.endsWith(".md"));
  return ["README.md", ...names.sort().map((name) => `docs/${name}`)];
}

/** The blocks of a page, in their order. */
export function blocksIn(page: string): readonly Block[] {
  return blocksOf(readFileSync(new URL(page, root), "utf8"));
}

/** The languages of answers: a block of one of them below a command shows what it prints. */
const ANSWERS: readonly string[] = ["json", "text"];

/** The commands of a block of shell; the last one has the answer that the next block shows. */
export function commandsOf(blocks: readonly Block[], at: number): readonly Command[] {
  const { section = "", language = "", lines = [] } = blocks[at] ?? {};
  if (language !== "sh") return [];
  const next = blocks[at + 1];
  const isAnswer = next?.section === section && isAnswerOf(blocks, at + 1);
  const own = joined(lines)
    .map((line) => line.replace(/ +# .*/, ""))
    .filter((line) => line !== "");
  return own.map((line, index) => ({
    section,
    line,
    ...(isAnswer && next !== undefined && index === own.length - 1 ? { answer: next } : {}),
  }));
}

/** Returns true for a block that shows what the command above it prints. */
export function isAnswerOf(blocks: readonly Block[], at: number): boolean {
  const { language = "", path } = blocks[at] ?? {};
  return path === undefined && ANSWERS.includes(language) && blocks[at - 1]?.language === "sh";
}

/** Joins the lines that end in a backslash with those behind them. */
function joined(lines: readonly string[]): readonly string[] {
  return lines
    .join("\n")
    .replace(/ *\\\n */g, " ")
    .split("\n");
}

function blocksOf(markdown: string): Block[] {
  const found: Block[] = [];
  let section = "";
  let open: { language: string; lines: string[] } | undefined;
  for (const line of markdown.split("\n")) {
    const fence = /^```(\w*)/.exec(line);
    if (fence !== null && open === undefined) {
      open = { language: fence[1] ?? "", lines: [] };
    } else if (fence !== null && open !== undefined) {
      found.push({ section, ...open, path: pathIn(open.lines[0] ?? "") });
      open = undefined;
    } else if (open !== undefined) {
      open.lines.push(line);
    } else {
      section = /^#+ (.*)/.exec(line)?.[1] ?? section;
    }
  }
  if (open !== undefined) throw new Error(`A block is not closed: ${open.lines[0]}`);
  return found;
}

function pathIn(line: string): string | undefined {
  return /^(?:\/\/|#) ([-\w./]+\.\w+|Dockerfile)$/.exec(line)?.[1];
}
