#!/usr/bin/env node
/**
 * The program `ekiben`. It imports the command line only where that can run: an older Node reports
 * a syntax error in it. This file itself must be valid JavaScript for every Node.
 * @module
 */

import { spawnSync } from "node:child_process";
import process from "node:process";

const { bun, deno, node } = process.versions;

if (bun !== undefined || deno !== undefined || Number.parseInt(node, 10) >= 24) {
  const { useCompileCache } = await import("./compile-cache.ts");
  useCompileCache();
  const { stopWithPackageManager } = await import("./package-manager.ts");
  stopWithPackageManager();
  await import("./main.ts");
} else if (isStartedByBun()) {
  // `bunx ekiben`, which runs the program on Node where there is one.
  const args = [process.argv[1] ?? "", ...process.argv.slice(2)];
  // The signals of a terminal reach Bun, too; this process waits for it to end.
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  const { status } = spawnSync(process.env["npm_execpath"] ?? "bun", args, { stdio: "inherit" });
  process.exit(status ?? 1);
} else {
  console.error(
    `error: ekiben needs Node 24 or newer, Bun or Deno, but this is Node ${node}\n` +
      "Update Node (https://nodejs.org), or run: bunx ekiben, or: deno run -A npm:ekiben",
  );
  process.exit(1);
}

function isStartedByBun(): boolean {
  return (process.env["npm_config_user_agent"] ?? "").startsWith("bun/");
}
