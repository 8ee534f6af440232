/** The environment of a machine that has one runtime and no other. */
import { accessSync, constants, mkdirSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { binaries } from "../support/runtimes.ts";

/** A runtime that a machine may have. */
export type Tool = "bun" | "deno" | "npm";

/** The variables that an outer `npx bun run test` sets, and others that would affect the tests. */
const UNWANTED = [
  /^npm_(command|execpath|node_execpath|lifecycle_.*|package_.*)$/,
  /^npm_config_(local_prefix|user_agent)$/,
  /^(INIT_CWD|NODE|EKIBEN_.*|DENO_NO_PACKAGE_JSON|FORCE_COLOR)$/,
];

/**
 * The variables of this process, without those of what has started it. A server that is stopped
 * does not wait for load balancers, as it would without a terminal.
 */
export function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !UNWANTED.some((pattern) => pattern.test(name)),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: "1", EKIBEN_DRAIN_LEAD: "0" };
}

/**
 * The environment of a machine with one runtime only: the folder of its `PATH` is made in
 * `folder`. The packages that its runtime has already downloaded stay known.
 */
export function machineWith(tool: Tool, folder: string): NodeJS.ProcessEnv {
  const bin = join(folder, `bin-${tool}`);
  mkdirSync(bin);
  for (const [name, file] of Object.entries({ ...programs(tool), ...basics() })) {
    symlinkSync(file, join(bin, name));
  }
  return { ...environment(), PATH: bin };
}

function programs(tool: Tool): Record<string, string> {
  if (tool === "bun") return { bun: process.execPath, bunx: process.execPath };
  if (tool === "deno") return { deno: binaries().deno };
  const names = ["node", "npm", "npx"];
  const folder = folders().find((each) => names.every((name) => isProgram(join(each, name))));
  if (folder === undefined) throw new Error("There is no npm on the PATH: its command needs one");
  return Object.fromEntries(names.map((name) => [name, join(folder, name)]));
}

/** What every Unix has, as far as it is needed: npm's scripts begin with `#!/usr/bin/env node`. */
function basics(): Record<string, string> {
  const found = (name: string) =>
    folders()
      .map((each) => join(each, name))
      .find(isProgram);
  return Object.fromEntries(["sh", "env"].map((name) => [name, found(name) ?? `/bin/${name}`]));
}

/** The folders of `PATH`, without those of packages. */
function folders(): string[] {
  const all = (process.env["PATH"] ?? "").split(delimiter);
  return all.filter((folder) => folder !== "" && !/node_modules/.test(folder));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
