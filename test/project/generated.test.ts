/** What is generated and committed is what its source gives. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { rootPath, temporaryFolder } from "./checkout.ts";

const buf = join(rootPath, "node_modules/@bufbuild/buf/bin/buf");

/** Runs buf in a folder `proto`. It starts the plugin with `bun`: the one that runs the tests. */
function runBuf(proto: string, command: "generate" | "lint"): void {
  const PATH = `${dirname(process.execPath)}:${process.env["PATH"]}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [buf, command], {
    cwd: proto,
    env: { ...process.env, PATH },
    encoding: "utf8",
    timeout: 60_000,
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
  const generated = (root: string) => globSync("src/**/gen/**/*.ts", { cwd: root }).sort();
  const files = generated(folder);
  assert.ok(files.length > 0, "something was generated");
  assert.deepEqual(generated(rootPath), files);
  for (const file of files) {
    const read = (root: string): string => readFileSync(join(root, file), "utf8");
    // Not assert.equal: nobody wants to read both.
    assert.ok(read(rootPath) === read(folder), `${file} is not what proto/buf.gen.yaml makes`);
  }
});
