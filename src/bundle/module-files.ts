/**
 * The files that the modules of a service name, for tools that put both into one program.
 * @module
 */

import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readFacts } from "../onnx/model-facts.ts";

/** Matches the names of files with code, which bundlers follow by themselves. */
export const CODE: RegExp = /\.(?:[cm]?[jt]sx?|json)$/;

const RUNNABLE = /\brunnable\s*(?:<[^()]*>)?\s*\(/;
/** The package that a path is in: the last one, where packages contain others. */
const PACKAGE = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/;

/** Returns true for the text of a module that defines a runnable. */
export function definesRunnable(text: string): boolean {
  return RUNNABLE.test(text);
}

/** Returns the name of the package that a file is in; `undefined` outside `node_modules`. */
export function packageOf(path: string): string | undefined {
  return PACKAGE.exec(path)?.[1];
}

/** Returns the files with the weights of a model, which are in its folder. */
export function weightsOf(file: string): string[] {
  if (!/\.onnx$/i.test(file)) return [];
  const names = [...(readFacts(readFileSync(file))?.externalFiles ?? [])];
  return names.map((name) => join(dirname(file), name)).filter(isFile);
}

/** Returns true for the path of a file that exists. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
