/**
 * Advice for errors in the loading of a service, by what the runtimes say.
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { installCommand, manifestOf } from "./project-files.ts";

/** An error in the loading of a service. */
export interface LoadFailure {
  readonly message: string;
  readonly code: string | undefined;
  /** The file with the error, or else that of the service. */
  readonly file: string;
}

const ON_BUN = "or run the command on Bun or Deno, as in: bunx ekiben serve";

/** The advice by a pattern of the message, or by its code; the first that fits counts. */
const ADVICE: readonly (readonly [
  RegExp,
  (failure: LoadFailure, ...groups: string[]) => string | undefined,
])[] = [
  [/Cannot find package '([^']+)'/, forPackage],
  [/^Import "([^"]+)" not a dependency/, forPackage],
  [/Cannot find module '([^']+)'/, forFile],
  [/Module not found "([^"]+)"/, forFile],
  [
    /TypeScript (.+?) is not supported in strip-only mode/,
    (_, what) =>
      `Node runs TypeScript by removing its types, and cannot compile this ${what}: write it in ` +
      `plain JavaScript (a const object for an enum, a field for a parameter property), ${ON_BUN}`,
  ],
  [/Invalid or unexpected token/, forDecorators],
  [
    /does not provide an export named '(\w+)'/,
    ({ file }, name) =>
      isTypeScript(file)
        ? `If ${name} is a type, import it as one: import type { ${name} }`
        : undefined,
  ],
  [
    /^(require|module|exports|__dirname|__filename) is not defined/,
    (_, name) =>
      `The file is an ES module, in which there is no ${name}: use import and export ` +
      "(import.meta.dirname for __dirname), or give a CommonJS module the extension .cts or .cjs",
  ],
  [/Cannot use import statement outside a module|ERR_REQUIRE_(ESM|ASYNC_MODULE)/, forCommonJs],
  [
    /Unknown file extension "(\.[jt]sx)"/,
    (_, extension) =>
      `Node does not run ${extension} files: name it ${extension.slice(0, -1)} if it has no ` +
      `JSX, ${ON_BUN}`,
  ],
  [
    /Unknown file extension "(\.[cm]?ts)"/,
    () => "This Node was started without its support of TypeScript: update it, or remove the flag",
  ],
];

/** Returns the advice for an error; `undefined` where there is none. */
export function adviceFor(failure: LoadFailure): string | undefined {
  const { message, code = "" } = failure;
  for (const [pattern, advice] of ADVICE) {
    const found = pattern.exec(message) ?? pattern.exec(code);
    if (found !== null) return advice(failure, ...found.slice(1));
  }
  return undefined;
}

function forPackage({ file }: LoadFailure, specifier = ""): string {
  if (/^[@~]\/|^#/.test(specifier)) {
    return (
      `"${specifier}" looks like a path of tsconfig.json, which only Bun knows: import by a ` +
      'relative path, or name it under "imports" of package.json, as "#name"'
    );
  }
  const [first = "", second = ""] = specifier.split("/");
  const name = first.startsWith("@") ? `${first}/${second}` : first;
  return `Install it: ${installCommand(file, name)}`;
}

/** The extensions that a file may have instead. */
const EXTENSIONS = [".ts", ".mts", ".tsx", ".js", ".mjs", "/index.ts", "/index.js"];

function forFile(_: LoadFailure, given = ""): string | undefined {
  const path = given.startsWith("file:") ? fileURLToPath(given) : given;
  const stem = /\.[cm]?jsx?$/.test(path) ? path.slice(0, -extname(path).length) : path;
  const there = [path, stem]
    .flatMap((base) => EXTENSIONS.map((extension) => base + extension))
    .find((each) => existsSync(each));
  if (there === undefined) return undefined;
  const [written, wanted] = [basename(path), there.slice(path.lastIndexOf("/") + 1)];
  return `There is a ${wanted}: write that name with its extension, instead of ${written}`;
}

function forDecorators({ file }: LoadFailure): string | undefined {
  if (!isTypeScript(file) || !/^\s*@\w/m.test(textOf(file))) return undefined;
  return (
    "Node runs TypeScript by removing its types, and has no decorators: " +
    `leave them out, ${ON_BUN}`
  );
}

function forCommonJs({ file }: LoadFailure): string {
  const manifest = manifestOf(file);
  const where = manifest === undefined ? "a package.json beside it" : manifest.path;
  const now = manifest?.type === "commonjs" ? ' instead of "commonjs"' : "";
  return (
    `The file is taken for CommonJS. Write "type": "module"${now} in ${where}, or give it the ` +
    "extension .mts or .mjs"
  );
}

function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
