/**
 * browser(): an esbuild plugin that bundles a service for a page.
 *
 * A bundler leaves `new URL("./model.onnx", import.meta.url)` as it is, and the file is not there
 * at run time. So the plugin puts such files beside the bundle: models, and the WebAssembly of ONNX
 * Runtime and of the codecs of pictures.
 * @module
 */

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Assets } from "./assets.ts";
import type { EsbuildPlugin, PluginBuild } from "./esbuild.ts";
import { CODE, isFile, packageOf, weightsOf } from "./module-files.ts";
import { bundleModules, loaderOf, missingFiles, openAssets, SCRIPT } from "./scripts.ts";

/** Calls such as `new URL("./model.onnx", import.meta.url)`. */
const NAMED = /\bnew URL\(\s*(["'`])((?:(?!\1)[^\\\n$])+)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/** The symbols of `using`, for browsers without them: esbuild writes the rest of it anew. */
const SYMBOLS = ["dispose", "asyncDispose"]
  .map((name) => `Symbol.${name}??=Symbol.for("Symbol.${name}");`)
  .join("");

/**
 * Returns an esbuild plugin that bundles a service for a page, its Web Workers or its Service
 * Worker. The scripts are written to `outdir`, and the files that their modules name beside them,
 * each with a hash of its content in its name.
 *
 * A file is found where the code names it as `new URL("./model.onnx", import.meta.url)`, and its
 * external weights with it.
 *
 * @example
 * const entryPoints = ["page.ts", "worker.ts"];
 * await build({ entryPoints, outdir: "dist", splitting: true, plugins: [browser()] });
 */
export function browser(): EsbuildPlugin {
  return { name: "ekiben-browser", setup };
}

function setup(build: PluginBuild): void {
  const options = build.initialOptions;
  bundleModules(options, "A bundle for a page");
  options.target ??= "es2024";
  options.banner = { ...options.banner, js: SYMBOLS + (options.banner?.["js"] ?? "") };
  const assets = openAssets(build);

  build.onLoad({ filter: SCRIPT }, async ({ path }) => {
    const text = readFileSync(path, "utf8");
    if (!text.includes("import.meta.url")) return undefined;
    const { code, files, missing } = withAssets(path, text, assets);
    if (files.length === 0 && missing.length === 0) return undefined;
    const isOwn = packageOf(path) === undefined;
    return {
      contents: code,
      loader: loaderOf(path),
      watchFiles: files,
      warnings: missingFiles(path, isOwn ? missing : []),
    };
  });
}

/** Names the files of a module as they are beside the bundle. */
function withAssets(
  module: string,
  text: string,
  assets: Assets,
): { readonly code: string; readonly files: string[]; readonly missing: string[] } {
  const files: string[] = [];
  const missing: string[] = [];
  const code = text.replace(NAMED, (whole, _quote: string, name: string, at: number) => {
    if (CODE.test(name) || URL.canParse(name) || isInComment(text, at)) return whole;
    const path = join(dirname(module), decodeURIComponent(name));
    if (!isFile(path)) {
      missing.push(name);
      return whole;
    }
    files.push(path, ...weightsOf(path));
    for (const each of weightsOf(path)) assets.addByName(each, relative(dirname(path), each));
    return `new URL(${JSON.stringify(assets.add(path))}, import.meta.url)`;
  });
  return { code, files, missing };
}

/** Returns true if the line up to a place begins as one of a comment. */
function isInComment(text: string, at: number): boolean {
  return /^\s*(?:\/?\*|\/\/)/.test(text.slice(text.lastIndexOf("\n", at) + 1, at));
}
