/** What is generated and committed is what its source gives. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { buildPage } from "../../.ci/page.ts";
import type { AssetName } from "../../src/http/page/asset.ts";
import { PAGE } from "../../src/http/page/gen/assets.ts";
import { SOURCE_SHA256 } from "../../src/io/json/number-runs-wasm.ts";
import { rootPath, temporaryFolder } from "./checkout.ts";

const buf = join(rootPath, "node_modules/@bufbuild/buf/bin/buf");

/** Runs buf in a folder `proto`. It starts the plugin with `bun`: the one that runs the tests. */
function runBuf(proto: string, command: "generate" | "lint"): void {
  const PATH = `${dirname(process.execPath)}:${process.env["PATH"]}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [buf, command], {
    cwd: proto,
    env: { ...process.env, PATH },
    encoding: "utf8",
    timeout: 300_000,
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

test("proto/ passes buf's lint", () => {
  runBuf(join(rootPath, "proto"), "lint");
});

test("src/**/gen/ is what buf generates from proto/", () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  mkdirSync(join(folder, "src"));
  cpSync(join(rootPath, "proto"), join(folder, "proto"), { recursive: true });
  symlinkSync(join(rootPath, "node_modules"), join(folder, "node_modules"));
  runBuf(join(folder, "proto"), "generate");
  const generated = (root: string) =>
    globSync("src/**/gen/**/*.ts", { cwd: root, exclude: ["src/http/page/gen"] }).sort();
  const files = generated(folder);
  assert.ok(files.length > 0, "something was generated");
  assert.deepEqual(generated(rootPath), files);
  for (const file of files) {
    const read = (root: string): string => readFileSync(join(root, file), "utf8");
    // Not assert.equal: nobody wants to read both.
    assert.ok(read(rootPath) === read(folder), `${file} is not what proto/buf.gen.yaml makes`);
  }
});

test("src/http/page/gen/ is what `bun run page` bundles of src/page/", async () => {
  const files = Object.entries(await buildPage());
  for (const [name, text] of files) {
    const { gzip, hash } = PAGE[name as AssetName];
    const committed = gunzipSync(Buffer.from(gzip, "base64")).toString();
    assert.ok(committed === text, `${name} is not what src/page/ makes: run \`bun run page\``);
    assert.ok(createHash("sha256").update(text).digest("hex").startsWith(hash), name);
  }
  const sizes = files.map(([name]) => Buffer.from(PAGE[name as AssetName].gzip, "base64").length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total < 100_000, `the page has ${total} bytes compressed`);
});

test("src/io/json/number-runs-wasm.ts is what `bun run wasm` compiled from wasm/", () => {
  const hash = createHash("sha256");
  for (const file of globSync("wasm/*.ts", { cwd: rootPath }).sort()) {
    hash.update(readFileSync(join(rootPath, file)));
  }
  assert.equal(SOURCE_SHA256, hash.digest("hex"));
});
