/** The project as git would commit it, and fresh copies of it. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../support/runtimes.ts";

/** The root of the project as a path. */
export const rootPath: string = fileURLToPath(root);

/** A folder that is there as long as its `using`. */
export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

export function temporaryFolder(): TemporaryFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "ekiben-project-")));
  const remove = (): void => {
    process.off("exit", remove);
    rmSync(path, { recursive: true, force: true });
  };
  // Also where the tests are stopped in the middle.
  process.on("exit", remove);
  return { path, [Symbol.dispose]: remove };
}

/**
 * The files that git has or would add, whether or not this folder is a checkout: an empty
 * repository somewhere else is asked what it does not have yet.
 */
export function projectFiles(): string[] {
  using repository = temporaryFolder();
  const git = (...args: readonly string[]): string => {
    const where = ["--git-dir", repository.path, "--work-tree", rootPath];
    return execFileSync("git", [...where, ...args], { cwd: rootPath, encoding: "utf8" });
  };
  git("init", "--quiet");
  const listed = git("ls-files", "--others", "--exclude-standard", "-z");
  return listed.split("\0").filter((file) => file !== "");
}

/** What a clone of the project would be: no packages, and here with a space in its path. */
export function copyOfProject(into: TemporaryFolder): string {
  const copy = join(into.path, "a fresh copy");
  for (const file of projectFiles()) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    copyFileSync(join(rootPath, file), join(copy, file));
  }
  return copy;
}
