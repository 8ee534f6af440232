/**
 * Bundles `src/page/` into the module of `src/` that holds the page: `bun run page`, after a change
 * there. The module is committed, so that a checkout serves the page without a build.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { AssetName } from "../src/http/page/asset.ts";

const root = new URL("../", import.meta.url);
const target = new URL("src/http/page/gen/assets.ts", root);

const TYPES: Readonly<Record<AssetName, string>> = {
  "page.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
};

/** Returns the files of the page, by name. */
export async function buildPage(): Promise<Readonly<Record<AssetName, string>>> {
  const { outputFiles } = await build({
    entryPoints: ["src/page/main.ts", "src/page/style.css"],
    absWorkingDir: fileURLToPath(root),
    outdir: "page",
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    target: ["es2022", "chrome111", "firefox111", "safari16.4"],
    legalComments: "none",
    logLevel: "warning",
  });
  const textOf = (suffix: string): string =>
    outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? "";
  const [script, style] = [textOf(".js"), textOf(".css")];
  const html = readFileSync(new URL("src/page/page.html", root), "utf8")
    .replace(/\n\s*/g, "")
    .replace("?ui=page.js", `?ui=page.js&amp;v=${hashOf(script)}`)
    .replace("?ui=page.css", `?ui=page.css&amp;v=${hashOf(style)}`);
  return { "page.html": html, "page.js": script, "page.css": style };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

if (import.meta.main) {
  const files = Object.entries(await buildPage()).map(([name, text]) => {
    const gzip = gzipSync(text, { level: 9 });
    console.log(`${name}: ${text.length} bytes, ${gzip.length} compressed`);
    const lines = gzip.toString("base64").match(/.{1,92}/g) ?? [];
    const fields = [
      `    type: ${JSON.stringify(TYPES[name as AssetName])},`,
      `    hash: "${hashOf(text)}",`,
      `    gzip: [\n${lines.map((line) => `      "${line}",\n`).join("")}    ].join(""),`,
    ];
    return `  "${name}": {\n${fields.join("\n")}\n  },\n`;
  });
  const module = `/**
 * The files of the page at \`/\`: \`bun run page\` makes this of \`src/page/\`.
 * @module
 */

import type { PageAssets } from "../asset.ts";

/** The files. */
export const PAGE: PageAssets = {
${files.join("")}};
`;
  writeFileSync(target, module);
}
