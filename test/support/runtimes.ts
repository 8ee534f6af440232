/** The runtimes that tests run on: Bun is the one that started them, the others are packages. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the project. */
export const root: URL = new URL("../../", import.meta.url);

const packages = new URL(".ci/node_modules/", root);

/**
 * The binaries of Deno and Node, as their packages ship them: the packages' own launchers need a
 * Node that is there already.
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
