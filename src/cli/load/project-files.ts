/**
 * What the files of a project say: its package manager, and its kind of modules.
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The commands that install a package, by the file that a package manager leaves. */
const INSTALLS: readonly (readonly [file: string, command: string])[] = [
  ["bun.lock", "bun add"],
  ["bun.lockb", "bun add"],
  ["pnpm-lock.yaml", "pnpm add"],
  ["yarn.lock", "yarn add"],
  ["package-lock.json", "npm install"],
  ["deno.lock", "deno add npm:"],
  ["deno.json", "deno add npm:"],
];

/** Returns the command that installs a package in the project of a file. */
export function installCommand(file: string, name: string): string {
  for (const folder of foldersAbove(file)) {
    const [, command] = INSTALLS.find(([lock]) => existsSync(join(folder, lock))) ?? [];
    if (command !== undefined) return command.endsWith(":") ? command + name : `${command} ${name}`;
  }
  return `npm install ${name}`;
}

/** The package.json that says what kind of modules a file is. */
export interface Manifest {
  readonly path: string;
  readonly type?: unknown;
}

/** Returns the nearest package.json above a file. */
export function manifestOf(file: string): Manifest | undefined {
  for (const folder of foldersAbove(file)) {
    const path = join(folder, "package.json");
    if (!existsSync(path)) continue;
    try {
      const { type } = JSON.parse(readFileSync(path, "utf8")) as { type?: unknown };
      return { path, type };
    } catch {
      return { path };
    }
  }
  return undefined;
}

/** Returns the folders of a file, from its own upwards. */
export function foldersAbove(file: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    folders.push(folder);
    if (dirname(folder) === folder) return folders;
  }
}
