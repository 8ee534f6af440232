/** The scripts of a page, as the plugin of `ekiben/bundle` makes them. */
import { relative } from "node:path";
import { browser } from "ekiben/bundle";
import { build } from "esbuild";
import type { SiteFiles } from "./site.ts";

/** The folder of the scripts. Nothing is written there. */
const SITE = "/site";

/**
 * Bundles modules of a folder, with the files that they name.
 *
 * @param splitting true for scripts of a page, which share code; false for a Service Worker
 */
export async function bundleScripts(
  folder: string,
  names: readonly string[],
  splitting: boolean,
): Promise<SiteFiles> {
  const { outputFiles = [] } = await build({
    entryPoints: names.map((name) => `${folder}${name}`),
    outdir: SITE,
    splitting,
    format: "esm",
    write: false,
    logLevel: "warning",
    plugins: [browser()],
  });
  return Object.fromEntries(
    outputFiles.map(({ path, contents }) => [`/${relative(SITE, path)}`, contents]),
  );
}
