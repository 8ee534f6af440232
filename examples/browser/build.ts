/**
 * Builds the page: a folder that any host of static files can serve, below any path.
 *
 *     bun examples/browser/build.ts [folder] [--server https://example.com]
 */
import { createHash } from "node:crypto";
import {
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { browser } from "ekiben/bundle";
import { type BuildOptions, build } from "esbuild";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const { values, positionals } = parseArgs({
  options: { server: { type: "string", default: "" } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? here("dist"));
const server = values.server === "" ? "" : new URL(values.server).href;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const options: BuildOptions = {
  bundle: true,
  format: "esm",
  minify: true,
  legalComments: "none",
  outdir: folder,
  absWorkingDir: here("../.."),
  logLevel: "warning",
  plugins: [browser()],
};
await build({
  ...options,
  entryPoints: [here("page.ts"), here("worker.ts")],
  splitting: true,
});
copyStatic();
// A Service Worker cannot import modules later, so all of its code is in one file.
await build({
  ...options,
  entryPoints: [here("service-worker.ts")],
  define: { ASSETS: JSON.stringify(assets()) },
});
report();

/** Copies the files that are served as they are, and fills in the page. */
function copyStatic(): void {
  for (const file of ["style.css", "icon.svg"]) cpSync(here(`static/${file}`), join(folder, file));
  const samples = Array.from({ length: 10 }, (_, digit) => {
    const name = `digit-${digit}-a.png`;
    cpSync(here(`../mnist/digits/${name}`), join(folder, name));
    const image = `<img src="${name}" width="28" height="28" alt="A picture of a ${digit}" />`;
    return `<button type="button">${image}</button>`;
  });
  const page = readFileSync(here("static/index.html"), "utf8")
    .replace("%CONNECT%", server === "" ? "'self'" : `'self' ${new URL(server).origin}`)
    .replace("%SERVER%", server)
    .replace("%SAMPLES%", samples.join(""));
  writeFileSync(join(folder, "index.html"), page);
}

/** The files for the cache of the Service Worker, with a version that depends on their content. */
function assets(): { version: string; files: string[]; lazy: string[] } {
  const names = globSync("**", { cwd: folder })
    .filter((name) => isFile(name))
    .sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(readFileSync(join(folder, name)));
  // WebGPU and the rarer formats of pictures, which not all need.
  const isLazy = (name: string): boolean =>
    /\.(wasm|js)$/.test(name) && /jspi|asyncify|webgpu|mozjpeg|webp/.test(name);
  const eager = names
    .filter((name) => !isLazy(name))
    .map((name) => name.replace("index.html", "./"));
  return {
    version: hash.digest("hex").slice(0, 12),
    files: eager,
    lazy: names.filter((name) => isLazy(name)),
  };
}

function isFile(name: string): boolean {
  return statSync(join(folder, name)).isFile();
}

function report(): void {
  const names = globSync("**", { cwd: folder }).filter((name) => isFile(name));
  const sizes = names.map((name) => ({ name, bytes: statSync(join(folder, name)).size }));
  for (const { name, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
    process.stdout.write(`${(bytes / 1024).toFixed(0).padStart(7)} KiB  ${name}\n`);
  }
  process.stdout.write(`The page is in ${folder}\n`);
}
