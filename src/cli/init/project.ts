/**
 * Writes a new project. `create-ekiben` is published with this module, which therefore imports
 * nothing else, and runs on any Node.
 * @module
 */

import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Files of the template, in which names are replaced. Those with a `_` lose it. */
const TEXTS: readonly string[] = [
  "_package.json",
  "_gitignore",
  "_dockerignore",
  "Dockerfile",
  "README.md",
  "service.test.ts",
  "tsconfig.json",
];
/** Files of the example, as they are. */
const EXAMPLE: readonly string[] = [
  "service.ts",
  "digits.ts",
  "pixels.ts",
  "mnist-cnn.onnx",
  "digits/digit-3-a.png",
];

/** The sources of a new project. */
export interface Sources {
  /** The folder of the template, and that of the example; one folder in a package. */
  readonly template: URL;
  readonly example: URL;
  /** The version of Ekiben that the project needs. */
  readonly version: string;
}

/**
 * Writes a service with a model, a test and a Dockerfile into a folder.
 *
 * @param path the folder, which is created if it is missing
 * @returns the next steps, as lines to print
 * @throws Error if one of the files exists already; then nothing is written
 */
export function writeProject(path: string, { template, example, version }: Sources): string[] {
  const folder = resolve(path);
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new Error(`Nothing was written: ${folder} is a file. Name a folder`);
  }
  const name = packageName(basename(folder));
  const targets = [...TEXTS.map(targetOf), ...EXAMPLE];
  const taken = targets.filter((file) => existsSync(join(folder, file)));
  if (taken.length > 0) {
    throw new Error(
      `Nothing was written: ${folder} has ${taken.join(", ")} already. Name an empty folder`,
    );
  }
  for (const file of TEXTS) {
    const text = readFileSync(new URL(file, template), "utf8");
    const filled = text.replaceAll("__NAME__", name).replaceAll("__RANGE__", `^${version}`);
    write(join(folder, targetOf(file)), (to) => writeFileSync(to, filled));
  }
  for (const file of EXAMPLE) {
    write(join(folder, file), (to) => cpSync(fileURLToPath(new URL(file, example)), to));
  }
  const steps = folder === resolve() ? [] : [`  cd ${quoted(path)}`];
  return [`Wrote a service into ${folder}. Next:`, ...steps, ...nextSteps()];
}

/** Returns the name of a file: `_package.json` becomes package.json, which npm would not pack. */
function targetOf(file: string): string {
  return file.replace(/^_(package\.json)$/, "$1").replace(/^_/, ".");
}

function write(to: string, how: (to: string) => void): void {
  mkdirSync(dirname(to), { recursive: true });
  how(to);
}

/** Returns a word of a shell's command. */
function quoted(path: string): string {
  return /[^\p{L}\p{N}._/\\:@~+-]/u.test(path) ? JSON.stringify(path) : path;
}

/** Names that npm refuses: those of packages that the project installs, and two of its own. */
const REFUSED = ["ekiben", "onnxruntime-node", "typescript", "node_modules", "favicon.ico"];

/** Returns the name of a folder as a valid name of a package. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "")
    .slice(0, 200);
  if (name === "") return "service";
  return REFUSED.includes(name) ? `${name}-service` : name;
}

function nextSteps(): string[] {
  if ("deno" in process.versions) {
    return ["  deno install", "  deno test -A", "  deno run -A npm:ekiben serve"];
  }
  const agent = process.env["npm_config_user_agent"] ?? "";
  const isBun = "bun" in process.versions || agent.startsWith("bun/");
  if (isBun) return ["  bun install", "  bun test", "  bun run start"];
  return ["  npm install", "  npm test", "  npm start"];
}
