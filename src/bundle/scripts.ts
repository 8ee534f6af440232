/**
 * The common part of the plugins: the options of their builds, and the files beside the scripts.
 * @module
 */

import { dirname, extname, resolve } from "node:path";
import process from "node:process";
import { Assets } from "./assets.ts";
import type { BuildOptions, Loader, PluginBuild } from "./esbuild.ts";

/** Matches the paths of modules. */
export const SCRIPT: RegExp = /\.[cm]?[jt]sx?$/;

const LOADERS: Readonly<Record<string, Loader>> = {
  ...{ ".ts": "ts", ".mts": "ts", ".cts": "ts", ".tsx": "tsx", ".jsx": "jsx" },
};

/** Returns the loader of esbuild for a module. */
export function loaderOf(path: string): Loader {
  return LOADERS[extname(path)] ?? "js";
}

/** Returns the folder to which the paths in options are relative. */
export function rootOf({ absWorkingDir }: BuildOptions): string {
  return resolve(absWorkingDir ?? process.cwd());
}

/**
 * Has a build make an ES module of each entry point.
 *
 * @param kind the bundle, as the beginning of a message
 * @throws TypeError for options with which it cannot
 */
export function bundleModules(options: BuildOptions, kind: string): void {
  const { outdir, outfile, format } = options;
  if (outdir === undefined && outfile === undefined) {
    throw new TypeError(`${kind} has several files: give outdir or outfile`);
  }
  if (format !== undefined && format !== "esm") {
    throw new TypeError(`${kind} is an ES module: format cannot be ${format}`);
  }
  options.bundle = true;
  options.format = "esm";
}

/** Returns the files of a build, which are written beside its scripts when it ends. */
export function openAssets(build: PluginBuild): Assets {
  const { outdir, outfile = "", write } = build.initialOptions;
  const folder = resolve(rootOf(build.initialOptions), outdir ?? dirname(outfile));
  const assets = new Assets();
  build.onStart(() => assets.clear());
  build.onEnd(({ errors, outputFiles }) => {
    if (errors.length > 0) return;
    if (write === false) outputFiles?.push(...assets.outputs(folder));
    else assets.write(folder);
  });
  return assets;
}

/** Returns esbuild's warnings about files that a module names and that do not exist. */
export function missingFiles(module: string, names: readonly string[]): { text: string }[] {
  return names.map((name) => ({ text: `${module} names a file that is not there: ${name}` }));
}
