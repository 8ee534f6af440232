/** The runtimes of the benchmarks, and the commands that start a script on them. */
import process from "node:process";
import { binaries } from "../support/runtimes.ts";

export const RUNTIMES = ["bun", "deno", "node"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

const DENO = ["run", "-A", "--no-check", "--quiet", "--no-lock", "--node-modules-dir=manual"];

/** Checks the name of a runtime. */
export function runtimeName(text: string): RuntimeName {
  const name = RUNTIMES.find((each) => each === text);
  if (name === undefined) throw new Error(`A runtime is bun, deno or node, but was "${text}"`);
  return name;
}

/** Returns the program and its first arguments; those of the script follow. */
export function commandOf(runtime: RuntimeName): readonly [string, ...string[]] {
  if (runtime === "deno") return [binaries().deno, ...DENO, "--unstable-no-legacy-abort"];
  if (runtime === "node") return [binaries().node];
  return ["bun" in process.versions ? process.execPath : "bun"];
}

/** Deno resolves packages by its own deno.json. */
export function environmentOf(runtime: RuntimeName): Readonly<Record<string, string>> {
  return runtime === "deno" ? { DENO_NO_PACKAGE_JSON: "1" } : {};
}
