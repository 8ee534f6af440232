/**
 * Compiles `wasm/` into the modules of `src/` that hold it: `bun run wasm`, after a change there.
 * The compiler is installed for this run only.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const COMPILER = "assemblyscript@0.28.20";
const root = fileURLToPath(new URL("../", import.meta.url));
const source = "wasm/number-runs.ts";
const target = "src/io/json/number-runs-wasm.ts";

const folder = mkdtempSync(join(tmpdir(), "ekiben-wasm-"));
try {
  const code = join(folder, "code.wasm");
  const flags = ["-O3", "--runtime", "stub", "--noAssert", "--enable", "simd", "-o", code];
  const { status } = spawnSync("bunx", ["--package", COMPILER, "asc", source, ...flags], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
  const lines =
    readFileSync(code)
      .toString("base64")
      .match(/.{1,88}/g) ?? [];
  const hash = createHash("sha256");
  for (const file of globSync("wasm/*.ts", { cwd: root }).sort()) {
    hash.update(readFileSync(join(root, file)));
  }
  const text = `/**
 * The WebAssembly of \`${source}\`: \`bun run wasm\` writes this file.
 * @module
 */

/** The SHA-256 of all files of \`wasm/\`. */
export const SOURCE_SHA256 = "${hash.digest("hex")}";

/** The module, in Base64. */
export const NUMBER_RUNS_WASM: string = [
${lines.map((line) => `  "${line}",\n`).join("")}].join("");
`;
  writeFileSync(join(root, target), text);
} finally {
  rmSync(folder, { recursive: true });
}
