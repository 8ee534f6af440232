/**
 * Stops the server with the package manager that started it.
 *
 * npm passes a signal only to the shell that it runs a command in. Debian's shell ends without
 * passing it on, so the server would go on and keep its port.
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";

/** The interval at which the parent of this process is checked. */
const POLL_MS = 100;

/** Sends SIGTERM to this process when the process of the package manager above it has ended. */
export function stopWithPackageManager(): void {
  const agent = process.env["npm_config_user_agent"];
  if (process.platform === "win32" || agent === undefined) return;
  const parent = process.ppid;
  // `npx bun run ekiben`: Bun, between npm's shell and this process, goes on as well.
  const isBetween = agent.startsWith("npm/") && statOf(parent)?.name === "bun";
  const shell = isBetween ? statOf(parent)?.parent : undefined;
  const timer = setInterval(() => {
    const isLeft = process.ppid !== parent || (isBetween && statOf(parent)?.parent !== shell);
    if (!isLeft) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, POLL_MS);
  timer.unref();
}

/** Returns the name of a process and the id of its parent, by proc(5); Linux only. */
function statOf(
  pid: number,
): { readonly name: string; readonly parent: string | undefined } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name is in parentheses, and may itself have some.
    const end = stat.lastIndexOf(")");
    const [, parent] = stat.slice(end + 2).split(" ");
    return { name: stat.slice(stat.indexOf("(") + 1, end), parent };
  } catch {
    return undefined;
  }
}
