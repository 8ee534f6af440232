/**
 * checkedService(): the service that a module exports.
 * @module
 */

import { Service } from "../../index.ts";
import { VERSION } from "../../version.ts";
import { copyFor, ownCopy } from "./copies.ts";

/** A module whose default export is to be a service. */
export interface ServiceModule {
  readonly default?: unknown;
}

/**
 * Returns the service.
 *
 * @param path the file of the module, or what to call it
 * @throws Error for anything else, and for the service of another copy of this package
 */
export function checkedService(module: ServiceModule, path: string): Service {
  const found = defaultOf(module);
  if (found instanceof Service) return found;
  if (isServiceLike(found)) throw otherCopy(path);
  throw new Error(
    `The default export of ${path} must be what service() returns, but ${whatIs(found, module)}`,
  );
}

/** Returns the default export, also of a module that was compiled to CommonJS. */
function defaultOf({ default: found }: ServiceModule): unknown {
  if (typeof found !== "object" || found === null || !("default" in found)) return found;
  return "__esModule" in found ? found.default : found;
}

function isServiceLike(found: unknown): boolean {
  return typeof found === "object" && found !== null && "ensureStarted" in found;
}

function whatIs(found: unknown, module: ServiceModule): string {
  if (found === undefined) {
    const services = Object.entries(module).filter(([, each]) => each instanceof Service);
    const [name] = services[0] ?? [];
    return name === undefined ? "it has none" : `it has none: write export default ${name}`;
  }
  if (found === null) return "it is null";
  if (found instanceof Promise) return "it is a promise: write export default await";
  if (typeof found === "function") return "it is a function: export what it returns";
  const isApp = typeof found === "object" && "fetch" in found;
  if (isApp) return "it is an application: export the service itself, of which app() makes one";
  const isRunnable = typeof found === "object" && "load" in found && "multiThreaded" in found;
  return isRunnable
    ? "it is a runnable: name the file of the service that runs it"
    : `it is of type ${typeof found}`;
}

/** Returns the error for two copies of this package, which do not know each other's classes. */
function otherCopy(path: string): Error {
  const other = copyFor(path);
  const theirs = other === undefined ? "another copy" : `the copy in ${other}`;
  return new Error(
    `There are two copies of ekiben: ${path} imports ${theirs}, and this command is that of ` +
      `${ownCopy()} (version ${VERSION}). Run the command of the project: npx ekiben, or bunx ` +
      "ekiben, in its folder; and have it installed once (npm ls ekiben)",
  );
}
