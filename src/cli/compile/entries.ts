/**
 * The generated modules of an executable: of its main thread, of its worker threads, and of the
 * guard of its worker processes. A worker process is the executable itself, started once more.
 * @module
 */

import { WORKER_VARIABLE } from "../../executable.ts";

/** The parts of an executable. */
export interface Parts {
  /** The paths of modules of this package. */
  readonly executable: string;
  readonly command: string;
  readonly worker: string;
  readonly workerProcess: string;
  readonly guard: string;
  /** The path of the service or model. */
  readonly target: string;
  readonly isModel: boolean;
  /** The paths of the modules that workers may load. */
  readonly runnables: readonly string[];
  /** The paths of the files that are put in. */
  readonly files: readonly string[];
  /** Returns the path of a file within the executable. */
  readonly pathOf: (path: string) => string;
}

/** The names of the modules of threads in the executable. */
export const WORKER_NAME = "ekiben-worker";
export const GUARD_NAME = "ekiben-guard";

/** Returns the expression of a URL within the executable. The entries are in its root. */
export function urlOf(path: string, { pathOf }: Pick<Parts, "pathOf">): string {
  const encoded = pathOf(path).split("/").map(encodeURIComponent).join("/");
  return `new URL(${JSON.stringify(`./files/${encoded}`)}, import.meta.url)`;
}

/** Returns the module that the executable starts with. */
export function mainEntry(parts: Parts): string {
  const { files, target, isModel } = parts;
  const imports = files.map(
    (path, at) => `import file${at} from ${JSON.stringify(path)} with { type: "file" };`,
  );
  const load = `() => import(${JSON.stringify(target)})`;
  const served = isModel ? `model: ${urlOf(target, parts)}` : `service: ${load}`;
  return [
    ...imports,
    `const isWorker = process.env.${WORKER_VARIABLE} !== undefined;`,
    tables(parts, `...(isWorker ? { ${modulesOf(parts)} } : { ${served} })`),
    // Bun leaves out a file that nothing uses.
    `globalThis[Symbol.for("ekiben.files")] = [${files.map((_, at) => `file${at}`).join(", ")}];`,
    "if (isWorker) {",
    `await import(${JSON.stringify(parts.workerProcess)});`,
    "} else {",
    // A module without a default export is a program that serves its service by itself.
    `const found = ${isModel ? "{ default: true }" : `await (${load})()`};`,
    `if (found.default !== undefined) await import(${JSON.stringify(parts.command)});`,
    "}",
  ].join("\n");
}

/** Returns the module that worker threads start with. */
export function workerEntry(parts: Parts): string {
  return [tables(parts, modulesOf(parts)), `await import(${JSON.stringify(parts.worker)});`].join(
    "\n",
  );
}

/** Returns the module that the guard of a worker process starts with. */
export function guardEntry({ guard }: Parts): string {
  return `await import(${JSON.stringify(guard)});`;
}

/** Returns the table of the modules that workers may load. */
function modulesOf(parts: Parts): string {
  const modules = parts.runnables.map(
    (path) => `[${urlOf(path, parts)}.href]: () => import(${JSON.stringify(path)})`,
  );
  return `modules: {\n${modules.join(",\n")}\n}`;
}

function tables({ executable }: Parts, more: string): string {
  return [
    `import { provideExecutable } from ${JSON.stringify(executable)};`,
    "provideExecutable({",
    `workerEntry: new URL("./${WORKER_NAME}.js", import.meta.url),`,
    `guardEntry: new URL("./${GUARD_NAME}.js", import.meta.url),`,
    `${more} });`,
  ].join("\n");
}
