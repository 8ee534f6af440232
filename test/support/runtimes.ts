/** The runtimes of the tests: Bun starts them, and Deno and Node are installed as packages. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the project. */
export const root: URL = new URL("../../", import.meta.url);

const packages = new URL(".ci/node_modules/", root);

/**
 * Returns the binaries of Deno and Node in their packages, whose launchers need a Node that is
 * installed already.
 */
export function binaries(): { readonly deno: string; readonly node: string } {
  const { platform, arch } = process;
  const libc = platform === "linux" ? "-glibc" : "";
  const node = platform === "darwin" ? "node-bin" : "node";
  return {
    deno: binary(`@deno/${platform}-${arch}${libc}/deno`),
    node: binary(`${node}-${platform}-${arch}/bin/node`),
  };
}

function binary(path: string): string {
  const file = fileURLToPath(new URL(path, packages));
  if (existsSync(file)) return file;
  throw new Error(`There is no ${file}: "bun run test" installs it, on Linux and macOS`);
}
