/** A project of a user in a temporary folder, in which this package is installed. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./runtimes.ts";

/** A folder with files, until the end of the block. */
export class Project implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "ekiben-project-"));

  constructor(files: Readonly<Record<string, string>>) {
    const modules = join(this.folder, "node_modules");
    mkdirSync(modules);
    symlinkSync(fileURLToPath(root), join(modules, "ekiben"));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  /** The path of a file. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes a file as editors do: another file takes its place. */
  write(name: string, text: string): void {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
