/**
 * Bundles a worker into dist/, and prints the sizes. If there is a workerd, it also runs the bundle
 * in it, and prints how long it takes to start.
 *
 *   bun bundle.ts             bundles worker.ts
 *   bun bundle.ts push.ts     bundles another worker
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { workerd } from "ekiben/bundle";
import { build } from "esbuild";
import { measure } from "./measure.ts";

const here = new URL("./", import.meta.url);
const dist = new URL("dist/", here);
const [entry = "worker.ts"] = process.argv.slice(2);

const MIB = 1024 * 1024;
/** Cloudflare's limits on all files of a worker together, compressed, in MiB. */
const LIMITS = { "free plan": 3, "paid plan": 10 };
/** Its limit on a file that is a static asset instead, in MiB. */
const ASSET_LIMIT = 25;

rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: { worker: fileURLToPath(new URL(entry, here)) },
  outdir: fileURLToPath(dist),
  minify: true,
  plugins: [workerd()],
});

const fit = (bytes: number, mib: number): string => (bytes <= mib * MIB ? "fits" : "does NOT fit");
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(0)} KiB`.padStart(12);
let total = 0;
let zipped = 0;
let largest = 0;
for (const name of readdirSync(dist).sort()) {
  const content = readFileSync(new URL(name, dist));
  const small = gzipSync(content, { level: 9 }).length;
  total += content.length;
  largest = Math.max(largest, content.length);
  zipped += small;
  console.log(name.padEnd(40), kib(content.length), kib(small), "gzipped");
}
console.log("together".padEnd(40), kib(total), kib(zipped), "gzipped");
for (const [plan, mib] of Object.entries(LIMITS)) {
  console.log(`${fit(zipped, mib)} the ${plan}: ${mib} MiB gzipped`);
}
console.log(`its largest file ${fit(largest, ASSET_LIMIT)} a static asset: ${ASSET_LIMIT} MiB`);
console.log(await measure(fileURLToPath(dist)));
