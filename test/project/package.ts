/** The package as its users get it: packed in a copy of the project, and installed elsewhere. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { binaries, root } from "../support/runtimes.ts";
import { copyOfProject, rootPath, type TemporaryFolder } from "./checkout.ts";
import { machineWith } from "./environment.ts";
import { type Place, run } from "./process.ts";

/** The program of the oldest Node that the package is for. */
export const oldestNode: string = oldest(
  process.platform === "darwin"
    ? `node-bin-darwin-${process.arch}/bin/node`
    : `node-${process.platform}-${process.arch}/bin/node`,
);

/** The compilers that users may have. */
export const compilers: readonly string[] = [
  oldest("typescript/bin/tsc"),
  join(rootPath, "node_modules/typescript/bin/tsc"),
];

function oldest(path: string): string {
  const file = fileURLToPath(new URL(`.ci/oldest/node_modules/${path}`, root));
  if (!existsSync(file)) throw new Error(`There is no ${file}: "bun run test" installs it`);
  return file;
}

/** The result of `npm pack`: the tarball, and the report about it. */
export interface Packed {
  readonly file: string;
  /** The paths of its files. */
  readonly files: readonly string[];
  /** The folder that it was packed in, or its folder `create-ekiben`. */
  readonly cwd: string;
}

/** Packs the project, or another folder of it, in a copy, as `npm pack` does in a fresh clone. */
export async function pack(copy: string, folder: string, env: NodeJS.ProcessEnv): Promise<Packed> {
  const cwd = join(copy, folder);
  const { code, output } = await run(["npm", "pack", "--silent"], { cwd, env });
  assert.equal(code, 0, output);
  const name = readdirSync(cwd).find((each) => each.endsWith(".tgz"));
  assert.ok(name !== undefined, output);
  const file = join(cwd, name);
  const listed = await run(["tar", "tzf", file], { cwd, env: process.env });
  const files = listed.output.split("\n").filter((each) => each !== "");
  return { file, cwd, files: files.map((each) => each.replace("package/", "")).sort() };
}

/** A copy of the project with its packages, as `bun install` leaves it. */
export function copyWithPackages(into: TemporaryFolder): string {
  const copy = copyOfProject(into);
  symlinkSync(join(rootPath, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** A machine with npm and one Node. */
export function machineWithNode(node: string, folder: string, name: string): NodeJS.ProcessEnv {
  const own = join(folder, name);
  mkdirSync(own);
  const env = machineWith("npm", own);
  const bin = join(own, "bin-node");
  mkdirSync(bin);
  symlinkSync(node, join(bin, "node"));
  return { ...env, PATH: `${bin}:${env["PATH"]}` };
}

/** The program of each runtime of the tests. */
export const newestNode: string = binaries().node;

/** Reads a file of a project as JSON. */
export function readJson<T>(place: Pick<Place, "cwd">, file: string): T {
  return JSON.parse(readFileSync(join(place.cwd, file), "utf8")) as T;
}
