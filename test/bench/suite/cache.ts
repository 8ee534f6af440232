/** Files that only the rows need, kept in the temporary directory after the first use. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = join(tmpdir(), "ekiben-bench");

/** Returns the folder of a package of npm. */
export function npmPackage(name: string, version: string): string {
  const path = join(folder, "node_modules", name);
  if (existsSync(join(path, "package.json"))) return path;
  const flags = ["--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
  makeFolder();
  execFileSync("npm", ["install", ...flags, `${name}@${version}`], { stdio: ["ignore", 2, 2] });
  return path;
}

/** Returns a Python that has Pillow. */
export function pythonWithPillow(): string {
  const environment = join(folder, "pillow");
  const python = join(environment, "bin/python");
  if (existsSync(python)) return python;
  makeFolder();
  execFileSync("python3", ["-m", "venv", environment], { stdio: ["ignore", 2, 2] });
  execFileSync(python, ["-m", "pip", "install", "--quiet", "pillow"], { stdio: ["ignore", 2, 2] });
  return python;
}

/** Returns a path for a file that is made by `make` if it is not there. */
export function cachedFile(name: string, make: (path: string) => void): string {
  const path = join(folder, name);
  makeFolder();
  if (!existsSync(path)) make(path);
  return path;
}

function makeFolder(): void {
  mkdirSync(folder, { recursive: true });
}
