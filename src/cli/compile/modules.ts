/**
 * The modules of a service: which of them workers load, and which files they read.
 * @module
 */

import { dirname, join, sep } from "node:path";
import { CODE, definesRunnable, isFile, packageOf, weightsOf } from "../../bundle/module-files.ts";
import { type Parts, urlOf } from "./entries.ts";

/** A module and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The results of the first pass, all of them paths. */
export interface Found {
  /** The modules whose `import.meta` is replaced. */
  readonly modules: ReadonlySet<string>;
  /** The modules that workers may load. */
  readonly runnables: readonly string[];
  /** The files to put in. */
  readonly files: readonly string[];
  /** The files of packages that the code resolves, by name: `import.meta.resolve("a/b.wasm")`. */
  readonly resolved: ReadonlyMap<string, string>;
}

const META = /\bimport\.meta\b/;
/** A string without escapes. */
const STRING = /(["'`])((?:(?!\1)[^\\\n])+)\1/g;
/** An import that bundlers leave alone: of a module that ONNX Runtime names while it runs. */
const LATE_IMPORT = /\bimport\((?:\/\*[^*]*\*\/\s*)+(\w+)\)/g;
/** ONNX Runtime loads this module by its URL. */
const RUNTIME_MODULE = "ort-wasm-simd-threaded.mjs";
const RUNTIME_FILES: readonly string[] = [RUNTIME_MODULE, "ort-wasm-simd-threaded.wasm"];

/** Finds the modules and files that the executable needs beside the code that is imported. */
export function collect(sources: readonly Source[], include: readonly string[]): Found {
  const modules = new Set<string>();
  const runnables: string[] = [];
  const files = new Set(include);
  const resolved = new Map<string, string>();
  for (const { path, text } of sources) {
    if (!META.test(text) || !isOurs(path, text)) continue;
    modules.add(path);
    if (definesRunnable(text)) runnables.push(path);
    for (const [, , value = ""] of text.matchAll(STRING)) {
      const beside = fileBeside(path, value);
      if (beside !== undefined) files.add(beside);
      const packaged = fileOfPackage(path, value);
      if (packaged === undefined) continue;
      resolved.set(value, packaged);
      if (!CODE.test(packaged)) files.add(packaged);
      for (const each of runtimeFiles(packaged)) files.add(each);
    }
  }
  for (const file of [...files]) for (const each of weightsOf(file)) files.add(each);
  return { modules, runnables, files: [...files], resolved };
}

/** Returns true for a module of the user or of this package, and for others with runnables. */
function isOurs(path: string, text: string): boolean {
  const name = packageOf(path);
  const isKnown = name === undefined || name === "ekiben" || name === "onnxruntime-web";
  return isKnown || definesRunnable(text);
}

/** Returns the file that a string names, relative to its module; code is bundled anyway. */
function fileBeside(module: string, value: string): string | undefined {
  if (!/^[\w. -][\w./ -]*\.\w+$/.test(value) || CODE.test(value)) return undefined;
  const path = join(dirname(module), value);
  return isFile(path) ? path : undefined;
}

/** Returns the file of a package, named such as `@jsquash/png/codec/pkg/squoosh_png_bg.wasm`. */
function fileOfPackage(module: string, value: string): string | undefined {
  if (value !== "onnxruntime-web" && !/^@?[\w-]+\/[\w./-]+\.(?:wasm|onnx)$/.test(value)) return;
  try {
    return Bun.resolveSync(value, dirname(module));
  } catch {
    return undefined;
  }
}

/** Returns the files that ONNX Runtime loads from its own folder. */
function runtimeFiles(module: string): string[] {
  if (!module.includes(`${sep}onnxruntime-web${sep}`)) return [];
  return RUNTIME_FILES.map((name) => join(dirname(module), name)).filter(isFile);
}

/**
 * Replaces `import.meta` in a module by an object with the same properties, whose URLs are within
 * the executable.
 */
export function replaceMeta(
  text: string,
  path: string,
  parts: Parts,
  resolved: ReadonlyMap<string, string>,
): string {
  // For a program that starts its server only if it is the main module.
  const isMain = path === parts.target && !/\bexport\s+default\b|\bas\s+default\b/.test(text);
  const known = [...resolved].filter(([name]) => text.includes(name));
  const table = known.map(
    ([name, file]) => `[${JSON.stringify(name)}]: ${urlOf(file, parts)}.href`,
  );
  // A function, which is there before any code of the module runs. On the first line, so that the
  // lines of errors stay right.
  const meta = [
    `function __ekibenMeta() { const url = ${urlOf(path, parts)}.href;`,
    "const filename = Bun.fileURLToPath(url);",
    "const dirname = Bun.fileURLToPath(new URL('.', url)).slice(0, -1);",
    `const table = { ${table.join(", ")} };`,
    "const at = (name) => (/^[.][.]?[/]/.test(name) ? new URL(name, url).href : name);",
    "const resolve = (name) => table[name] ?? import.meta.resolve(at(name));",
    "return { __proto__: import.meta, url, filename, dirname, path: filename, dir: dirname,",
    `main: ${isMain}, resolve, at }; } `,
  ].join(" ");
  const [, hashbang = "", code = ""] = /^(#![^\n]*\n)?([\s\S]*)$/.exec(text) ?? [];
  const replaced = code
    .replace(new RegExp(META, "g"), "__ekibenMeta()")
    .replace(LATE_IMPORT, "import(__ekibenMeta().at($1))");
  return `${hashbang}${meta}${replaced}`;
}
