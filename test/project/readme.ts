/** The README's code blocks. */
import { readFileSync } from "node:fs";
import { root } from "../support/runtimes.ts";

/** A block of code: ```` ```sh ````. */
export interface Block {
  /** The heading above it. */
  readonly section: string;
  readonly language: string;
  readonly lines: readonly string[];
}

/** A command, and the answer that the README shows below it. */
export interface Command {
  readonly section: string;
  /** What a shell would run: without the comment behind it. */
  readonly line: string;
  readonly answer?: string;
}

/** The blocks of a page, in their order. */
export function blocksIn(page: string): readonly Block[] {
  return blocksOf(readFileSync(new URL(page, root), "utf8"));
}

/** All blocks of README.md in their order. */
export const blocks: readonly Block[] = blocksIn("README.md");

/** All commands in their order. */
export const commands: readonly Command[] = blocks.flatMap(({ section, language, lines }, at) => {
  if (language !== "sh") return [];
  const next = blocks[at + 1];
  const shown = next?.language === "json" && next.section === section ? next.lines : undefined;
  const ownLines = lines.map((line) => line.replace(/ +# .*/, "")).filter((line) => line !== "");
  return ownLines.map((line, index) => {
    const isLast = index === ownLines.length - 1;
    return { section, line, ...(isLast && shown && { answer: shown.join("\n") }) };
  });
});

/** The commands below a heading. */
export function commandsIn(section: string): readonly Command[] {
  return commands.filter((command) => command.section === section);
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
      found.push({ section, ...open });
      open = undefined;
    } else if (open !== undefined) {
      open.lines.push(line);
    } else {
      section = /^#+ (.*)/.exec(line)?.[1] ?? section;
    }
  }
  return found;
}
