/**
 * The checks of the user's project: its copy of this package, its kind of modules, its
 * tsconfig.json.
 * @module
 */

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../error.ts";
import { VERSION } from "../../version.ts";
import { copyFor, ownCopy } from "../load/copies.ts";
import { foldersAbove, installCommand, manifestOf } from "../load/project-files.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** The runtimes, which differ in the TypeScript that they run. */
export type RuntimeName = "bun" | "deno" | "node";

/** Checks the project of the file of a service. */
export function checkProject(file: string, runtime: RuntimeName): readonly Finding[] {
  return [checkCopies(file), checkModules(file, runtime), checkTsconfig(file, runtime)].filter(
    (finding) => finding !== undefined,
  );
}

/** Checks that the service and this command have one copy of this package. */
function checkCopies(file: string): Finding | undefined {
  const check = "package";
  const theirs = copyFor(file);
  const own = ownCopy();
  if (theirs === undefined) {
    if (existsSync(join(own, "src"))) return undefined; // a service of this project itself
    const text = `ekiben is not installed in the project of ${file}`;
    return warning(check, text, `Install it: ${installCommand(file, "ekiben")}`);
  }
  if (realpathSync(theirs) === realpathSync(own)) return ok(check, `ekiben ${VERSION} in ${own}`);
  return problem(
    check,
    `there are two copies of ekiben: the service imports that of ${theirs}, and this command is ` +
      `that of ${own}`,
    "Run the command of the project (npx ekiben, bunx ekiben), and install ekiben once",
  );
}

/** Checks that the file is taken for an ES module. */
function checkModules(file: string, runtime: RuntimeName): Finding | undefined {
  const manifest = manifestOf(file);
  // Their extensions, or their runtime, say it all.
  if (runtime !== "node" || /\.[cm][jt]s$/.test(file)) return undefined;
  if (manifest?.type === "module") return ok("modules", `ES modules, by ${manifest.path}`);
  const where = manifest === undefined ? "a package.json beside it" : manifest.path;
  const advice = `Write "type": "module" in ${where}, or name the file .mts`;
  if (manifest?.type !== "commonjs") {
    return warning("modules", 'no "type" is set: Node reads each module twice', advice);
  }
  const isEsm = /^\s*(import|export)\b/m.test(textOf(file));
  const text = '"type" is "commonjs", so that import and export are errors';
  return isEsm ? problem("modules", text, advice) : ok("modules", "CommonJS");
}

/** Checks the settings of TypeScript that change what code does when it runs. */
function checkTsconfig(file: string, runtime: RuntimeName): Finding | undefined {
  if (!/\.[cm]?tsx?$/.test(file)) return undefined;
  const path = foldersAbove(file)
    .map((folder) => join(folder, "tsconfig.json"))
    .find((each) => existsSync(each));
  if (path === undefined) return undefined;
  const check = "tsconfig";
  let options: Readonly<Record<string, unknown>>;
  try {
    options = optionsIn(textOf(path));
  } catch (error) {
    return warning(check, `${path} cannot be read: ${messageOf(error)}`, "Mend its JSON");
  }
  const wrong = runtime === "bun" ? [] : UNKNOWN.filter(({ key }) => isSet(options[key]));
  const { module } = options;
  if (typeof module === "string" && /^(commonjs|amd|umd|system)$/i.test(module)) {
    wrong.push({ key: "module", why: `is "${module}"`, advice: 'write "nodenext" or "preserve"' });
  }
  if (wrong.length === 0) return ok(check, path);
  const text = wrong.map(({ key, why }) => `${key} ${why}`).join("; ");
  const advice = wrong.map((each) => `${each.key}: ${each.advice}`).join("; ");
  return warning(check, `in ${path}, ${text}`, `For ${advice}`);
}

interface Setting {
  readonly key: string;
  readonly why: string;
  readonly advice: string;
}

/** The settings that Node and Deno do not apply when they run TypeScript. */
const UNKNOWN: readonly Setting[] = [
  {
    key: "paths",
    why: "is set, which only Bun applies",
    advice: 'import by relative paths, or by "imports" of package.json',
  },
  {
    key: "baseUrl",
    why: "is set, which only Bun applies",
    advice: "import by relative paths",
  },
  {
    key: "experimentalDecorators",
    why: "is set, and Node runs no decorators",
    advice: "leave decorators out, or run on Bun",
  },
];

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && value !== null;
}

/** Returns the compiler options of a tsconfig.json, which is JSON with comments. */
export function optionsIn(text: string): Readonly<Record<string, unknown>> {
  const json = text.replace(
    /("(?:\\.|[^"\\])*")|\/\/.*|\/\*[\s\S]*?\*\/|,(?=(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*[}\]])/g,
    "$1",
  );
  const { compilerOptions } = JSON.parse(json) as { compilerOptions?: unknown };
  if (typeof compilerOptions !== "object" || compilerOptions === null) return {};
  return compilerOptions as Readonly<Record<string, unknown>>;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
