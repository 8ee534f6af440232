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

const KINDS = ["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const;

/** The flags of a command line that a worker process needs, too. */
const SHARED =
  /^(-[ARWNESIP]+|-[cq]|--(allow|deny|ignore|unstable|permission)-.+|--(unstable|config|no-config|import-map|lock|no-lock|frozen|node-modules-dir|node-modules-linker|cached-only|no-remote|no-npm|vendor|conditions|cert|preload|require|location|seed|v8-flags|quiet|no-prompt|use-env-proxy|minimum-dependency-age))(=.*)?$/;
/** The flags whose value may be the next argument, and those of them whose value is a path. */
const WITH_VALUE =
  /^(-c|--(config|import-map|cert|location|seed|preload|require|ext|conditions|cpu-prof-.+))$/;
const WITH_PATH = /^(-c|--(config|import-map|cert|lock))$/;
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
    if (!arg.startsWith("-") || arg === "-" || arg === "--") break;
    const value = WITH_VALUE.test(arg) ? String(rest.next().value ?? "") : undefined;
    if (!SHARED.test(arg)) continue;
    const [name = "", ...given] = arg.split("=");
    const text = value ?? (given.length > 0 ? given.join("=") : undefined);
    if (text === undefined) flags.push(name);
    else if (WITH_PATH.test(name)) flags.push(name, resolve(startFolder, text));
    else if (value === undefined) flags.push(arg);
    else flags.push(name, text);
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

/** Names the configuration that Deno found for the main module: that of a worker may be another. */
function configFlags(): readonly string[] {
  for (let folder = mainFolder()[0] ?? startFolder; ; ) {
    const found = ["deno.json", "deno.jsonc"].map((name) => join(folder, name)).find(exists);
    if (found !== undefined) return ["--config", found];
    const above = dirname(folder);
    if (above === folder) return [];
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
