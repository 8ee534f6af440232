/**
 * workerd(): an esbuild plugin that bundles a service for Cloudflare Workers.
 *
 * A worker there has no file system and compiles no bytes, and all modules of a bundle have one
 * `import.meta`. So the plugin makes WebAssembly and the files that the service names modules of
 * their own, and gives each module of the service its own `import.meta.url`.
 * @module
 */

import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, EsbuildPlugin, PluginBuild } from "./esbuild.ts";
import { CODE, definesRunnable, isFile, packageOf, weightsOf } from "./module-files.ts";
import { bundleModules, loaderOf, missingFiles, openAssets, rootOf, SCRIPT } from "./scripts.ts";

/** Calls such as `new URL("./model.onnx", "file:///digits.ts")`, as esbuild writes them. */
const NAMED = /\bnew URL\((["'`])((?:(?!\1)[^\\\n$])+)\1, "file:[^"]*"\)/g;
/** Imports of generated code, which no file has. */
const DATA = "ekiben-data:";
const PROVIDE = "ekiben-provide";
/** Marks a resolution by the plugin itself. */
const OWN: unknown = Symbol("ekiben");
/** wrangler takes files of this extension as data without being told. */
const DATA_EXTENSION = ".bin";

/**
 * Returns an esbuild plugin that bundles a service for Cloudflare Workers. The script is written to
 * `outdir` or `outfile`, and the code in WebAssembly and the models beside it, which it imports:
 * `*.wasm` as compiled modules, `*.bin` as data. wrangler takes all of them with `no_bundle`.
 *
 * A file is found where the code names it as `new URL("./model.onnx", import.meta.url)`, and its
 * external weights with it.
 *
 * @example
 * await build({ entryPoints: ["worker.ts"], outdir: "dist", plugins: [workerd()] });
 */
export function workerd(): EsbuildPlugin {
  return { name: "ekiben-workerd", setup };
}

function setup(build: PluginBuild): void {
  const options = build.initialOptions;
  complete(options);
  const root = rootOf(options);
  const assets = openAssets(build);

  build.onResolve({ filter: /\.wasm(?:\?module)?$/ }, async ({ path, pluginData, ...from }) => {
    if (pluginData === OWN) return undefined;
    const { importer, resolveDir } = from;
    const found = await build.resolve(path.replace(/\?module$/, ""), {
      ...{ kind: "import-statement" as const, importer, resolveDir, pluginData: OWN },
    });
    if (found.errors.length > 0) return { errors: found.errors.map(({ text }) => ({ text })) };
    return { path: assets.add(found.path), external: true };
  });
  build.onResolve({ filter: new RegExp(`^${DATA}`) }, async ({ path }) => ({
    path: assets.add(path.slice(DATA.length), DATA_EXTENSION),
    external: true,
  }));
  build.onResolve({ filter: new RegExp(`^${PROVIDE}$`) }, async () => {
    const resolveDir = dirname(fileURLToPath(import.meta.url));
    const found = await build.resolve("ekiben/onnx", { kind: "import-statement", resolveDir });
    if (found.errors.length > 0) return { errors: found.errors.map(({ text }) => ({ text })) };
    return { path: found.path };
  });
  build.onLoad({ filter: SCRIPT }, async ({ path }) => {
    const text = readFileSync(path, "utf8");
    if (!text.includes("import.meta.url") || !isOfService(path, text)) return undefined;
    const loader = loaderOf(path);
    const { code } = await build.esbuild.transform(text, {
      loader,
      define: { "import.meta.url": JSON.stringify(urlOf(path, root)) },
      jsx: "preserve",
      sourcefile: path,
      sourcemap: "inline",
      target: "esnext",
    });
    const { files, missing } = filesOf(path, code);
    return {
      contents: `${imports(files, root)}${code}`,
      loader: loader.endsWith("x") ? "jsx" : "js",
      watchFiles: [...files],
      warnings: missingFiles(path, missing),
    };
  });
}

/** Sets the options that a bundle for workerd needs. */
function complete(options: BuildOptions): void {
  bundleModules(options, "A bundle for workerd");
  options.target ??= "esnext";
  options.conditions ??= ["workerd", "worker", "browser"];
  options.external = [...(options.external ?? []), "cloudflare:*", "node:*"];
}

/** Returns true for a module of the service, and for others with runnables. */
function isOfService(path: string, text: string): boolean {
  return packageOf(path) === undefined || definesRunnable(text);
}

/** Returns the paths of the files that a module's code names, and the names that have no file. */
function filesOf(
  module: string,
  code: string,
): { readonly files: ReadonlySet<string>; readonly missing: readonly string[] } {
  const files = new Set<string>();
  const missing: string[] = [];
  for (const [, , name = ""] of code.matchAll(NAMED)) {
    if (CODE.test(name) || URL.canParse(name)) continue;
    const path = join(dirname(module), decodeURIComponent(name));
    if (!isFile(path)) missing.push(name);
    else for (const each of [path, ...weightsOf(path)]) files.add(each);
  }
  return { files, missing };
}

/** Returns code that imports files as data, and gives them to `openSession()`. One line. */
function imports(files: ReadonlySet<string>, root: string): string {
  if (files.size === 0) return "";
  const lines = [...files].map((path, at) => {
    const name = `__ekibenFile${at}`;
    const specifier = JSON.stringify(`${DATA}${path}`);
    const url = JSON.stringify(urlOf(path, root));
    return `import ${name} from ${specifier}; __ekibenProvide(${url}, ${name});`;
  });
  const provide = JSON.stringify(PROVIDE);
  return `import { provideFile as __ekibenProvide } from ${provide}; ${lines.join(" ")} `;
}

/** Returns the URL of a file in the bundle: by its path from the root, which says nothing else. */
function urlOf(path: string, root: string): string {
  const segments = relative(root, path)
    .split(sep)
    .filter((each) => each !== "..");
  return `file:///${segments.map(encodeURIComponent).join("/")}`;
}
