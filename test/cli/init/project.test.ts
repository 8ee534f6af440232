import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeProject } from "../../../src/cli/init/project.ts";

const sources = {
  template: new URL("../../../create-ekiben/template/", import.meta.url),
  example: new URL("../../../examples/mnist/", import.meta.url),
  version: "1.2.3",
};

/** Names of folders, and those of the packages in them. */
const names: readonly (readonly [folder: string, name: string])[] = [
  ["digits", "digits"],
  ["My App", "my-app"],
  [".hidden", "hidden"],
  ["…", "service"],
  ["ekiben", "ekiben-service"], // npm installs no package into one of the same name
  ["node_modules", "node_modules-service"],
  ["n".repeat(230), "n".repeat(200)],
];

test("writeProject() gives the package a name that npm takes", async () => {
  const parent = await mkdtemp(join(tmpdir(), "ekiben-init-"));
  try {
    for (const [folder, name] of names) {
      const path = join(parent, folder);
      writeProject(path, sources);
      const text = await readFile(join(path, "package.json"), "utf8");
      assert.equal(JSON.parse(text).name, name);
    }
  } finally {
    await rm(parent, { recursive: true });
  }
});

test("writeProject() shows a command that a shell takes, and refuses a file", async () => {
  const parent = await mkdtemp(join(tmpdir(), "ekiben-init-"));
  try {
    const path = join(parent, "My App");
    assert.ok(writeProject(path, sources).includes(`  cd ${JSON.stringify(path)}`));
    const file = join(parent, "file");
    await writeFile(file, "");
    assert.throws(() => writeProject(file, sources), /Nothing was written: .* is a file/);
  } finally {
    await rm(parent, { recursive: true });
  }
});
