/**
 * The flags of Deno for a worker process: those that this process was started with, as far as it
 * can know them.
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The part of Deno's global that is used here. */
interface DenoGlobal {
  readonly mainModule: string;
  readonly permissions: {
    querySync(descriptor: { readonly name: string; readonly path?: string }): {
      readonly state: "granted" | "prompt" | "denied";
    };
  };
}

const KINDS: readonly string[] = "read write net env run sys import ffi".split(" ");

/** The flags of a command line that a worker needs, too, without the dashes. */
const SHARED: ReadonlySet<string> = new Set([
  ...["c", "config", "no-config", "import-map", "lock", "no-lock", "frozen", "vendor"],
  ...["node-modules-dir", "node-modules-linker", "cached-only", "no-remote", "no-npm"],
  ...["conditions", "cert", "preload", "require", "location", "seed", "v8-flags", "q", "quiet"],
  ...["no-prompt", "use-env-proxy", "minimum-dependency-age", "unstable"],
]);
/** The beginnings of further ones: `-A`, `--allow-read`, `--unstable-ffi`. */
const SHARED_KINDS = /^([ARWNESIP]+$|(allow|deny|ignore|unstable|permission)-)/;
/** The flags whose value is the next argument, unless it follows an equals sign. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  ...["c", "config", "import-map", "cert", "location", "seed", "preload", "require", "ext"],
  "conditions",
]);
const WITH_PATH: ReadonlySet<string> = new Set(["c", "config", "import-map", "cert", "lock"]);
const COMMANDS: readonly string[] = ["run", "test", "serve", "bench", "eval", "x", "watch"];

/** The folder at the start: paths in flags are relative to it. */
const startFolder = process.cwd();

/** Returns the flags of `deno run`. */
export function denoFlags(): readonly string[] {
  const given = flagsOf(ownArguments());
  const hasConfig = given.some((flag) => /^(-c|--config|--no-config)/.test(flag));
  const flags = given.length > 0 ? given : grantedFlags();
  return hasConfig ? flags : [...flags, ...configFlags()];
}

/** Returns the arguments of this process, which Deno shows only to those with all permissions. */
function ownArguments(): readonly string[] {
  try {
    return readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(1, -1);
  } catch {
    return [];
  }
}

/** Returns the flags in the arguments of Deno that a worker process needs, too. */
export function flagsOf(args: readonly string[]): readonly string[] {
  const flags: string[] = [];
  const rest = args[Symbol.iterator]();
  for (const arg of rest) {
    if (COMMANDS.includes(arg) && flags.length === 0) continue;
    const [, name = "", given] = /^--?([\w-]+)(?:=(.*))?$/.exec(arg) ?? [];
    if (name === "") break; // the main module
    const value = given ?? (WITH_VALUE.has(name) ? String(rest.next().value ?? "") : undefined);
    if (!SHARED.has(name) && !SHARED_KINDS.test(name)) continue;
    const text = value !== undefined && WITH_PATH.has(name) ? resolve(startFolder, value) : value;
    const flag = name.length === 1 || /^[A-Z]+$/.test(name) ? `-${name}` : `--${name}`;
    flags.push(text === undefined ? flag : `${flag}=${text}`);
  }
  return flags;
}

/** Returns the permissions that this process has as a whole, and reading in its folder. */
function grantedFlags(): readonly string[] {
  const { permissions } = deno();
  const isGranted = (name: string, path?: string): boolean =>
    permissions.querySync(path === undefined ? { name } : { name, path }).state === "granted";
  const granted = KINDS.filter((name) => isGranted(name));
  if (granted.length === KINDS.length) return ["-A"];
  const flags = granted.map((name) => `--allow-${name}`);
  const folders = granted.includes("read") ? [] : readableFolders(isGranted);
  if (folders.length > 0) flags.push(`--allow-read=${folders.join(",")}`);
  return [...flags, "--no-prompt"];
}

function readableFolders(isGranted: (name: string, path: string) => boolean): string[] {
  const folders = new Set([process.cwd(), startFolder, ...mainFolder()]);
  return [...folders].filter((folder) => isGranted("read", folder));
}

/** Returns the folder of the main module, if it is a file. */
function mainFolder(): string[] {
  const { mainModule } = deno();
  return mainModule.startsWith("file:") ? [dirname(fileURLToPath(mainModule))] : [];
}

/** Names the configuration that Deno found at the start: that of a worker's module is another. */
function configFlags(): readonly string[] {
  // It looks from the main module upwards; for one of a package, from the folder at the start.
  const folders = [...mainFolder().filter((folder) => !isInCache(folder)), startFolder];
  const found = folders.map(configAbove).find((path) => path !== undefined);
  return found === undefined ? [] : [`--config=${found}`];
}

/** Returns true for a folder of Deno's cache of packages. */
function isInCache(folder: string): boolean {
  return /[\\/]npm[\\/][^\\/]+[\\/]/.test(folder) && !/[\\/]node_modules[\\/]/.test(folder);
}

function configAbove(start: string): string | undefined {
  for (let folder = start; ; ) {
    const found = ["deno.json", "deno.jsonc"].map((name) => join(folder, name)).find(exists);
    const above = dirname(folder);
    if (found !== undefined || above === folder) return found;
    folder = above;
  }
}

function exists(path: string): boolean {
  try {
    return existsSync(path);
  } catch {
    return false; // no permission
  }
}

function deno(): DenoGlobal {
  return (globalThis as unknown as { readonly Deno: DenoGlobal }).Deno;
}
