/** The Dockerfile's instructions, and what a build copies. */
import { cpSync, readFileSync, statSync } from "node:fs";
import { basename, join, matchesGlob, relative, resolve } from "node:path";
import { rootPath } from "./checkout.ts";

export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The instructions in their order, each on one line. */
export function instructions(file: string = join(rootPath, "Dockerfile")): Instruction[] {
  const text = readFileSync(file, "utf8");
  const lines = text
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
      return { name, rest };
    });
}

/** The words of the form that starts no shell: `["bun", "main.ts"]`. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text);
  if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  throw new Error(`Must be an array of words, but was ${text}`);
}

/** `COPY a b to/`: from the project into `cwd`, without what .dockerignore names. */
export function copy(rest: string, cwd: string): void {
  const words = rest.split(/ +/);
  const target = resolve(cwd, words.at(-1) ?? "");
  const ignored = readFileSync(join(rootPath, ".dockerignore"), "utf8").split("\n");
  const patterns = ignored.filter((line) => line !== "");
  for (const word of words.slice(0, -1)) {
    const source = resolve(rootPath, word);
    // A folder's content is copied; a file goes into the folder that the target is.
    const to = statSync(source).isDirectory() ? target : join(target, basename(source));
    const filter = (file: string): boolean => {
      const path = relative(rootPath, file);
      return !patterns.some((pattern) => matchesGlob(path, pattern));
    };
    cpSync(source, to, { recursive: true, filter });
  }
}
