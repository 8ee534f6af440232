/**
 * `ekiben compile`: a service, its workers, its models and the runtime in one executable file.
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { moduleBeside } from "../../executable.ts";
import { fileOfTarget } from "../target-file.ts";
import type { BundleOptions } from "./bundle-options.ts";

interface CompileFlags {
  readonly outfile?: string;
  readonly target?: string;
  readonly include?: readonly string[];
}

/** The `compile` command. */
export const compileCommand: Command = new Command("compile")
  .description("Make one executable file of a service or a model, by Bun's compiler")
  .argument("[target]", "a service's file, a model.onnx, or a folder with one of them")
  .option("-o, --outfile <file>", "the executable (default: the name of the target's folder)")
  .option("--target <platform>", "for another system, such as bun-linux-arm64")
  .option("--include <files...>", "further files and folders that the code reads beside itself")
  .action(async (target: string | undefined, flags: CompileFlags) => {
    const file = await fileOfTarget(target);
    const outfile = resolve(flags.outfile ?? defaultName(file));
    const options: BundleOptions = {
      file,
      outfile,
      platform: flags.target,
      include: (flags.include ?? []).flatMap((path) => filesOf(resolve(path))),
    };
    const code = await bundle(options);
    if (code !== 0) throw new Error(`Cannot compile ${file}: Bun's messages are above`);
    const written = [outfile, `${outfile}.exe`].find((path) => sizeOf(path) !== undefined);
    if (written === undefined) throw new Error(`Bun wrote no ${outfile}`);
    const megabytes = Math.round((sizeOf(written) ?? 0) / 1e6);
    console.log(`Wrote ${written} (${megabytes} MB). It takes the flags of \`ekiben serve\`.`);
  });

/** The folder of a service, or the name of a model. */
function defaultName(file: string): string {
  return /\.onnx$/i.test(file) ? basename(file).slice(0, -5) : basename(dirname(file));
}

/** Runs the bundler, which only Bun can. Returns its exit code. */
async function bundle(options: BundleOptions): Promise<number> {
  const bundler = moduleBeside(import.meta.url, "bundler");
  const args = [fileURLToPath(bundler), JSON.stringify(options)];
  const child = spawn(bunProgram(), args, { stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

/** @throws Error where Bun is not installed */
function bunProgram(): string {
  if (process.versions["bun"] !== undefined) return process.execPath;
  const name = process.platform === "win32" ? "bun.exe" : "bun";
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    "`ekiben compile` needs Bun, whose compiler makes the executable, and there is none on the " +
      "PATH: install it (https://bun.com), or run `npm install --save-dev bun`",
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function filesOf(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`There is no ${path} to include`);
  if (!found.isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
