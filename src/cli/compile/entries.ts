/**
 * The two generated modules of an executable: of its main thread, and of its workers.
 * @module
 */

/** The parts of an executable. */
export interface Parts {
  /** The paths of three modules of this package: the tables, the command line and the worker. */
  readonly executable: string;
  readonly command: string;
  readonly worker: string;
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

/** The name of the workers' module in the executable. */
export const WORKER_NAME = "ekiben-worker";

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
  return [
    ...imports,
    tables(parts, isModel ? `model: ${urlOf(target, parts)}` : `service: ${load}`),
    // Bun leaves out a file that nothing uses.
    `globalThis[Symbol.for("ekiben.files")] = [${files.map((_, at) => `file${at}`).join(", ")}];`,
    // A module without a default export is a program that serves its service by itself.
    `const found = ${isModel ? "{ default: true }" : `await (${load})()`};`,
    `if (found.default !== undefined) await import(${JSON.stringify(parts.command)});`,
  ].join("\n");
}

/** Returns the module that worker threads start with. */
export function workerEntry(parts: Parts): string {
  const modules = parts.runnables.map(
    (path) => `[${urlOf(path, parts)}.href]: () => import(${JSON.stringify(path)})`,
  );
  return [
    tables(parts, `modules: {\n${modules.join(",\n")}\n}`),
    `await import(${JSON.stringify(parts.worker)});`,
  ].join("\n");
}

function tables({ executable }: Parts, more: string): string {
  return [
    `import { provideExecutable } from ${JSON.stringify(executable)};`,
    "provideExecutable({",
    `workerEntry: new URL("./${WORKER_NAME}.js", import.meta.url),`,
    `${more} });`,
  ].join("\n");
}
