/** Folders of models for tests. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder that is removed at the end. */
export interface TestFolder extends Disposable {
  readonly path: string;
}

/** A folder, by the paths of its files: their contents, links as `-> target`, or empty folders. */
export type Tree = Readonly<Record<string, string | Uint8Array>>;

/** Makes a folder. A path that ends with `/` is an empty folder. */
export function folderOf(tree: Tree): TestFolder {
  const path = mkdtempSync(join(tmpdir(), "ekiben-models-"));
  addTo(path, tree);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Adds files to a folder. */
export function addTo(folder: string, tree: Tree): void {
  for (const [name, content] of Object.entries(tree)) {
    const path = join(folder, name);
    if (name.endsWith("/")) {
      mkdirSync(path, { recursive: true });
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    const link = typeof content === "string" ? /^-> (.*)$/.exec(content)?.[1] : undefined;
    if (link === undefined) writeFileSync(path, content);
    else symlinkSync(link, path);
  }
}
