/**
 * Makes the executable, by Bun's compiler; runs on Bun only.
 *
 * A bundle is one module, so `import.meta` is the same for all modules in it. Two passes give each
 * its own again: the first follows all imports, and collects the modules with runnables and the
 * files that the code reads; the second replaces `import.meta` in these modules, and embeds the
 * files.
 * @module
 */

import { dirname, join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { BundleOptions } from "./bundle-options.ts";
import {
  GUARD_NAME,
  guardEntry,
  mainEntry,
  type Parts,
  WORKER_NAME,
  workerEntry,
} from "./entries.ts";
import { collect, replaceMeta, type Source } from "./modules.ts";

const script = import.meta.url.endsWith(".ts") ? "ts" : "js";
/** The folder of the compiled command: src or dist. */
const own = fileURLToPath(new URL("../../", import.meta.url));
/** The settings of both passes. Native libraries load from disk only, where they are installed. */
const settings: { readonly target: "bun"; external: string[] } = {
  target: "bun",
  external: ["onnxruntime-node"],
};

const FORMATS = { ts: "ts", mts: "ts", cts: "ts", tsx: "tsx", jsx: "jsx" } as const;

try {
  await compile(JSON.parse(process.argv[2] ?? "{}") as BundleOptions);
} catch (error) {
  const all = error instanceof AggregateError ? error.errors : [error];
  for (const each of all) console.error(String(each));
  process.exit(1);
}

async function compile({ file, outfile, platform, include }: BundleOptions): Promise<void> {
  const at = (path: string): string => join(own, `${path}.${script}`);
  const isModel = /\.onnx$/i.test(file);
  const command = at("cli/main");
  const worker = at("executor/threads/thread-entry");
  const workerProcess = at("executor/process/process-entry");
  const guard = at("executor/process/guard-entry");
  const entrypoints = [...(isModel ? [] : [file]), command, worker, workerProcess, guard];
  const found = collect(await sources(entrypoints), isModel ? [file, ...include] : include);
  const root = rootOf([...found.modules, ...found.files, own, file]);
  const parts: Parts = {
    executable: at("executable"),
    command,
    worker,
    workerProcess,
    guard,
    target: file,
    isModel,
    runnables: found.runnables,
    files: found.files,
    pathOf: (path) => relative(root, path).replaceAll(sep, "/"),
  };
  const main = join(root, "ekiben-main.ts");
  const workers = join(root, `${WORKER_NAME}.ts`);
  const guards = join(root, `${GUARD_NAME}.ts`);
  await Bun.build({
    ...settings,
    entrypoints: [main, workers, guards],
    files: {
      [main]: mainEntry(parts),
      [workers]: workerEntry(parts),
      [guards]: guardEntry(parts),
    },
    root,
    // Without a folder: of a file in the folder "/", Bun takes the current one.
    naming: { entry: "[name].[ext]", asset: "files/[dir]/[name].[ext]" },
    plugins: [
      onModules(async (path, text) =>
        found.modules.has(path) ? replaceMeta(text, path, parts, found.resolved) : undefined,
      ),
    ],
    compile: {
      outfile,
      autoloadBunfig: false,
      ...(platform === undefined ? {} : { target: platform as Bun.Build.CompileTarget }),
    },
  });
}

/** Follows all imports, and returns every module with its text. */
async function sources(entrypoints: string[]): Promise<Source[]> {
  const all: Source[] = [];
  const keep = onModules(async (path, text) => {
    all.push({ path, text });
    return undefined;
  });
  await Bun.build({ ...settings, entrypoints, plugins: [keep] });
  return all;
}

/** Returns a plugin that passes each module to `use`, and replaces it by the text it returns. */
function onModules(
  use: (path: string, text: string) => Promise<string | undefined>,
): Bun.BunPlugin {
  return {
    name: "ekiben",
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        if (!(await Bun.file(path).exists())) return undefined; // a generated entry
        const contents = await use(path, await Bun.file(path).text());
        if (contents === undefined) return undefined;
        const extension = path.slice(path.lastIndexOf(".") + 1);
        return { contents, loader: FORMATS[extension as keyof typeof FORMATS] ?? "js" };
      });
    },
  };
}

/**
 * The folder above the deepest one that has all paths: Bun would name a file in the root folder
 * itself with a "./" in front, which no URL has.
 */
function rootOf(paths: readonly string[]): string {
  let root = dirname(paths[0] ?? own);
  for (const path of paths) {
    while (!path.startsWith(root.endsWith(sep) ? root : root + sep)) root = dirname(root);
  }
  return dirname(root);
}
